// The generated application as its README says to run it: `npm start`, with a fresh database and the sample data.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const startLimitMs = 30_000;

/** The account that the application makes at its first start. */
export const administrator = { login: "admin", password: "first-password-1" };

/** Starts the built application in `folder`; the answer holds its address and how to stop it. */
export async function startApplication(folder) {
  const data = await mkdtemp(join(tmpdir(), "browser-test-"));
  const server = spawn("npm", ["start"], {
    cwd: folder,
    // A group of its own, so that stopping reaches the program behind npm.
    detached: true,
    env: {
      ...process.env,
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      DATABASE_URL: `file:${join(data, "app.db")}`,
      SAMPLE_DATA: "true",
      ADMIN_LOGIN: administrator.login,
      ADMIN_PASSWORD: administrator.password,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = [];
  server.stderr.on("data", (text) => output.push(text));

  const ended = new Promise((resolve) => {
    server.once("exit", resolve);
    server.once("error", (error) => {
      output.push(error.message);
      resolve();
    });
  });
  const address = new Promise((resolve) => {
    createInterface({ input: server.stdout }).on("line", (line) => {
      output.push(`${line}\n`);
      const found = line.match(/http:\/\/[\d.]+:\d+/);
      if (found) resolve(found[0]);
    });
  });
  const tooLate = new Promise((resolve) => setTimeout(resolve, startLimitMs).unref());

  async function stop() {
    if (server.pid !== undefined && server.exitCode === null) {
      process.kill(-server.pid, "SIGTERM");
      await ended;
    }
    await rm(data, { recursive: true, force: true });
  }

  const url = await Promise.race([address, ended.then(() => null), tooLate.then(() => null)]);
  if (url === null) {
    await stop();
    throw new Error(`the application did not start:\n${output.join("")}`);
  }
  return { url, stop };
}
