// What all stations share: the running application, the browser, the accounts; set up once, before the first station.
import { mkdir, rm } from "node:fs/promises";
import { chromium, targetFolder } from "./packages.mjs";
import { administrator, startApplication } from "./application.mjs";

export const picturesFolder = `${targetFolder}test-artifacts/browser/`;

/** Who signs in, by role. */
export const people = {
  admin: administrator,
  editor: { login: "edith", password: "second-password-2" },
  viewer: { login: "victor", password: "third-password-3" },
};

export const stage = { url: "", browser: undefined };

let application;

export async function setUp(folder) {
  await rm(picturesFolder, { recursive: true, force: true });
  await mkdir(picturesFolder, { recursive: true });
  application = await startApplication(folder);
  stage.url = application.url;
  // Playwright makes a new profile folder for each launch and runs without Chromium's own sandbox.
  stage.browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--disable-gpu", "--disable-background-networking"],
  });
  await addRows();
}

export async function tearDown() {
  await stage.browser?.close();
  await application?.stop();
}

/** The sample data has twelve rows of each entity: too few for a second page, and accounts nobody can sign in to. */
async function addRows() {
  const context = await stage.browser.newContext({ baseURL: stage.url });
  const add = async (path, data) => {
    const answer = await context.request.post(path, { data });
    if (!answer.ok()) throw new Error(`POST ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  await add("/api/session", people.admin);
  for (const role of ["editor", "viewer"]) {
    await add("/api/users", { ...people[role], role, email: `${people[role].login}@example.org` });
  }
  for (let number = 1; number <= 10; number += 1) {
    const title = `Spare copy ${String(number).padStart(2, "0")}`;
    const book = await add("/api/books", { title, pages: number * 7, authorId: 2, status: "available" });
    const lentOn = `2020-01-${String(number).padStart(2, "0")}`;
    await add("/api/loans", { bookId: book.id, readerId: 1, lentOn, dueOn: "2020-03-01" });
  }
  await context.close();
}
