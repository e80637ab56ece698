// A clock of its own thread: browsers slow the timers of hidden pages down, but not those of workers.
"use strict";
setInterval(() => postMessage(0), 500);
