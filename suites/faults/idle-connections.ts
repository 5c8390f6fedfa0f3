/**
 * `node idle-connections.ts HOST PORT COUNT SECONDS`: opens so many connections, says how many are open once each was tried, and holds them, saying
 * nothing on any, until it is ended or its time is up. One that is closed by the other side is opened again at most so often each second.
 */
import { createConnection } from 'node:net';

const AGAIN_MS = 1000;
const TRY_MS = 5000;

const [host = '', port, count, seconds] = process.argv.slice(2);
setTimeout(() => process.exit(0), Number(seconds) * 1000);

let open = 0;
/** Resolves when the connection is there, or was refused. */
const hold = (): Promise<void> =>
  new Promise((tried) => {
    const socket = createConnection({ host, port: Number(port) });
    let up = false;
    setTimeout(tried, TRY_MS);
    socket.on('connect', () => {
      up = true;
      open += 1;
      tried();
    });
    socket.resume(); // a server's greeting is read, and never answered
    socket.on('error', () => undefined); // its end is told by `close`
    socket.on('close', () => {
      if (up) open -= 1;
      tried();
      setTimeout(hold, AGAIN_MS);
    });
  });

await Promise.all(Array.from({ length: Number(count) }, hold));
process.stdout.write(`${open}\n`);
