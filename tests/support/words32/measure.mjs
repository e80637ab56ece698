// Runs the compiled keypad in MicroPython for WebAssembly, whose words have four bytes as a board's.
//   node measure.mjs MICROPYTHON.mjs APP_FOLDER|IMAGE.romfs STAND_INS STATE_FOLDER
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [micropython, app, standIns, state] = process.argv.slice(2);
const rom = app.endsWith(".romfs");
const { loadMicroPython } = await import(pathToFileURL(path.resolve(micropython)));
const mp = await loadMicroPython({
  heapsize: 1024 * 1024,
  linebuffer: true,
  romfs: rom ? new Uint8Array(fs.readFileSync(app)) : undefined,
  stdout: (line) => console.log(line),
});
const put = (from, to) => {
  if (fs.statSync(from).isFile()) return mp.FS.writeFile(to, fs.readFileSync(from));
  mp.FS.mkdir(to);
  for (const name of fs.readdirSync(from)) put(path.join(from, name), `${to}/${name}`);
};
put(standIns, "/standins");
put(state, "/state");
if (!rom) put(app, "/app");
const collect = () => mp.runPython("gc.collect()");
mp.runPython(`
import sys, gc
sys.path[:] = ["/standins", "${rom ? "/rom" : "/app"}", ".frozen"]
import measure
measure.before()
`);
collect();
mp.runPython("measure.names()");
mp.runPython("measure.start_here()");
mp.runPython("measure.built()");
collect();
mp.runPython('measure.say("built")');
const pass = (ms) => new Promise((wake) => setTimeout(wake, ms));
await pass(1500);
collect();
mp.runPython('live = measure.say("running")');
mp.runPython("measure.names()");
// the broker comes only now: names that it shares with the keypad would be taken for known
mp.runPython("import broker\nbroker.begin()");
mp.runPython("measure.names()");
collect();
mp.runPython("measure.without(live)");
await pass(1000);
mp.runPython("broker.press(4, 7)"); // the pins of the two buttons
await pass(300);
mp.runPython("broker.press()");
await pass(2500);
collect();
mp.runPython('measure.say("connected")');
mp.runPython("measure.names()");
mp.runPython("broker.tell()");
process.exit(0);
