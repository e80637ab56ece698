"""The keypad's names. Frozen into the image they are in flash; nobody calls these functions.

Written by tools/keypad_names.py; a test fails when a release has others.
"""


def from_1(of):
    import alarm_wire.parcel
    import keypad.base
    import keypad.config
    import keypad.core
    import keypad.entry
    import keypad.expiry
    import keypad.extras
    import keypad.fetch
    import keypad.inputs
    import keypad.names
    import keypad.orders
    import keypad.pieces
    import keypad.reconfigure
    import keypad.romfs
    import keypad.secure
    import keypad.service
    import keypad.slips
    import keypad.sounder
    import keypad.trial
    import keypad.wire
    of('!4sIBB'), of('!B'), of('!BB8sIHH'), of('!BB8sII'), of('!BH'), of('!BHH'), of('!BII')
    of('!H'), of('!HHHHHH'), of('!HHIH'), of('!I'), of('!IQ'), of('#'), of(', '), of('.'), of('..')
    of('/slot_%d'), of('/slot_'), of('0'), of('0.0.0.0'), of('1'), of(':'), of('<4sII'), of('<BBI')
    of('<I'), of('<genexpr>'), of('<listcomp>'), of('TLS: %s'), of('boards.'), of('given up')
    of('keypad.'), of('keypad.dns'), of('keypad: %s'), of('no answer'), of('r+b'), of('slot_%d')
    of('update.img'), of.ADC, of.AF_INET, of.AR, of.AT, of.ATTN_11DB, of.Answers, of.Assembly
    of.Backoff, of.Button, of.CERT_NONE, of.CERT_REQUIRED, of.CODES, of.CancelledError, of.Client
    of.Code, of.Codes, of.ConfigError, of.Courier, of.DP1, of.DP2, of.DP3, of.DP4, of.Debounce
    of.EAGAIN, of.EHOSTUNREACH, of.EM, of.EN, of.ET, of.ETIMEDOUT, of.Entry, of.Event, of.Extras
    of.FA, of.Fetch, of.H, of.HA, of.HARD_RESET, of.HJ, of.HR, of.HT, of.Heartbeat, of.IN
    of.IRQ_FALLING, of.IRQ_RISING, of.ImageError, of.Index, of.Indicator, of.Inputs, of.JA
    of.JOINTS, of.Keeper, of.Keypad, of.Keys, of.LAN, of.Lamps, of.Latch, of.Link, of.Loop, of.MA
    of.MODES, of.MqttError, of.NVS, of.Names, of.OPEN_DRAIN, of.OUT, of.Orders, of.Outbox, of.PA
    of.PHY_W5500, of.PROFILES, of.PROTOCOL_TLS_CLIENT, of.PSK_CIPHERS, of.PULL_UP, of.PWM
    of.PWRON_RESET, of.Panel, of.Partition, of.Pieces, of.Pin, of.Pulse, of.RP, of.RR, of.Radio
    of.Receipt, of.Ring, of.RingError, of.RingFullError, of.SETTINGS, of.SOCK_DGRAM, of.SOFT_RESET
    of.SOURCES, of.SP3, of.SP4, of.SP5, of.SP6, of.SPI, of.SSLContext, of.STATE_NAMES, of.STA_IF
    of.Settings, of.Signal, of.Signer, of.Sounder, of.Sounds, of.Start, of.Swinger, of.TA, of.TE
    of.TR, of.TS, of.TYPE_DATA, of.Third, of.ThreadSafeFlag, of.TimeoutError, of.Trace, of.Trigger
    of.UA, of.UT, of.Uptime, of.VERSION, of.VfsRom, of.Vigil, of.WDT, of.WINDOWS, of.WLAN, of.Wall


def from_41(of):
    of.Wire, of.WireError, of.Wish, of.YC, of.YG, of.YK, of.YR, of.YT, of.YX, of.YZ, of.__import__
    of._a, of._aa, of._ab, of._ac, of._ad, of._ae, of._af, of._ag, of._ah, of._ai, of._aj, of._ak
    of._al, of._am, of._an, of._ao, of._ap, of._aq, of._ar, of._as, of._at, of._au, of._av, of._aw
    of._b, of._c, of._d, of._e, of._f, of._g, of._h, of._i, of._j, of._k, of._l, of._m, of._mpy
    of._n, of._o, of._p, of._q, of._r, of._s, of._t, of._u, of._v, of._w, of._x, of._y, of._z, of.a
    of.about, of.active, of.add, of.address, of.addresses, of.answer, of.answers, of.apply, of.array
    of.asked, of.asyncio, of.atten, of.b, of.bad, of.base, of.batch, of.battery_mv, of.baudrate
    of.beat, of.before, of.big, of.binascii, of.blob, of.board, of.boards, of.boot, of.boot_cause
    of.busy, of.c, of.ca, of.calcsize, of.cancel, of.cert, of.cert_key, of.certificate, of.changed
    of.check, of.check_length, of.classify, of.closed, of.code, of.codes, of.collect, of.commit
    of.config, of.confirm, of.confirm_image, of.confirmed, of.connect, of.connected, of.content
    of.content_of, of.context, of.core, of.count_crash, of.counter, of.courier_ms, of.covert
    of.crashes, of.crc32, of.create_task, of.cs, of.current_task, of.d, of.damaged, of.decode
    of.delattr, of.derive, of.detail, of.device, of.device_text, of.digest, of.disconnect, of.dns
    of.drop, of.dual, of.due, of.due_ms, of.dumps, of.duress, of.duty_u16, of.e, of.encode
    of.ends_hour, of.entry, of.enumerate, of.epoch, of.erase_key, of.errno, of.esp32, of.esp32_s3
    of.ethernet, of.event, of.exception, of.expiry, of.extras, of.f, of.feed, of.fetch, of.firmware
    of.first, of.flags, of.flush, of.forget, of.freq, of.fromkeys, of.g, of.gc, of.get_blob
    of.get_ciphers, of.get_event_loop, of.get_i32, of.getaddrinfo, of.give_up, of.good, of.h, of.has
    of.hashlib, of.heads, of.heap_free, of.heard, of.heartbeat, of.heartbeat_s, of.held, of.helped
    of.hexlify, of.hmac_sha256, of.hold, of.hold_ms, of.holdfast, of.holds, of.hop, of.host
    of.host_2, of.hurry, of.i, of.identity, of.ifconfig, of.ignored, of.image, of.implementation
    of.inputs, of.install, of.ioctl, of.irq, of.is_address, of.is_name, of.is_set, of.isconnected
    of.j, of.jammed, of.jams, of.jitter, of.json, of.judge, of.k, of.kbd_intr, of.keep
    of.keepalive_s, of.keeps, of.kept, of.keypad, of.kind, of.l, of.label, of.lamps, of.last
    of.latch, of.lateness_ms, of.left_open, of.length, of.level, of.link, of.link_lost, of.link_ms
    of.link_up, of.listdir, of.load, of.load_cert_chain, of.load_verify_locations, of.loads
    of.login_packet, of.longest, of.look, of.loop, of.lost, of.m, of.machine, of.mains_mv, of.maker
    of.marking, of.max, of.mem_free, of.memoryview, of.min, of.miso, of.mkdir, of.mode, of.modules
    of.moment_utc_ms, of.mosi, of.mount, of.n, of.name, of.names, of.neighbours, of.netmask
    of.network, of.next_epoch, of.next_in, of.next_ms, of.next_number, of.nic, of.none, of.note
    of.now_ms, of.number, of.nvs, of.o, of.oldest, of.on, of.once, of.open_connection
    of.open_receipt, of.open_ring, of.open_sealed, of.open_service, of.opened, of.ordered, of.orders
    of.os, of.over, of.p, of.pack, of.parcel, of.partition, of.password, of.path, of.pending
    of.phy_addr, of.phy_type, of.pieces, of.place, of.port, of.port_2, of.prepare, of.presence
    of.press, of.pressed_ms, of.pressed_utc_ms, of.print_exception, of.profiles, of.property, of.psk
    of.psk_identity, of.psk_key, of.publish, of.published, of.put, of.q, of.qualifier, of.question
    of.quiet, of.r, of.rb, of.reached, of.read_back, of.read_uv, of.readblocks, of.reason
    of.receipt, of.reconfigure, of.recv, of.release, of.reset, of.reset_cause, of.rest, of.restart
    of.retain, of.retry_ms_max, of.retry_ms_min, of.ring, of.rom_ioctl, of.romfs, of.router, of.rssi


def from_81(of):
    of.rssi_dbm, of.run, of.s, of.same, of.sample, of.scan, of.sck, of.seal, of.seal_heartbeat
    of.seal_sent, of.secure, of.seek, of.sent, of.server_hostname, of.service, of.set_blob
    of.set_ciphers, of.set_exception_handler, of.set_i32, of.setblocking, of.setsockopt, of.setting
    of.settings_told, of.settings_why, of.settle, of.settled, of.sha256, of.show, of.sia, of.signal
    of.silent, of.silent_ms_max, of.single, of.siren_s, of.size_max, of.sleep, of.sleep_ms, of.slips
    of.slot_, of.socket, of.sounder, of.spi, of.ssl, of.started, of.started_well, of.starts, of.stat
    of.state, of.status, of.stored, of.strobe, of.struct, of.stuck, of.supervision, of.supplies
    of.supplies_mv, of.sys, of.t, of.tails, of.take, of.take_back, of.take_back_image, of.taken
    of.tamper, of.tell, of.tend, of.test, of.test_over, of.testing, of.tick, of.ticket
    of.ticks_diff, of.ticks_ms, of.time, of.time_ns, of.timeout, of.tls, of.told, of.told_settings
    of.trace, of.traced, of.trial, of.tried, of.tries, of.trouble, of.turned_ms, of.turns, of.u
    of.unpack, of.unpack_from, of.up, of.uptime, of.uptime_ms, of.urandom, of.urgency, of.user
    of.utc_ms, of.v, of.verify_mode, of.version, of.version_number, of.vfs, of.w, of.wait
    of.wait_for_ms, of.wait_ms, of.wait_ms_max, of.wait_ms_min, of.wake, of.wall, of.wanted
    of.watchdog, of.wb, of.whole, of.why, of.wifi, of.wifi_password, of.wifi_ssid, of.will_topic
    of.wire, of.worst_ms, of.writeblocks, of.x, of.x509, of.y, of.zone
