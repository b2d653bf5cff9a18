// One station: a visit to the application in a profile of its own, watched for everything that goes wrong on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { people, picturesFolder, stage } from "./stage.mjs";

const stationLimitMs = 60_000;
const waitLimitMs = 10_000;
const pollMs = 50;

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 375, height: 812 };

/**
 * Declares a station. `options`: `as` (a role that is signed in), `theme`, `locale`, `viewport`.
 *
 * The body gets the visit: `page`, `api` (requests with the same session), `picture(name)` and `expectProblem(pattern)`.
 * Whatever the browser complains of fails the station, unless it was expected; so does an expected problem that stays away.
 */
export function station(name, options, body) {
  test(name, { timeout: stationLimitMs }, async () => {
    const visit = await openVisit(options);
    try {
      await body(visit);
      assert.deepEqual(visit.unexpectedProblems(), [], "the browser has nothing to complain of");
    } catch (failure) {
      await visit.picture(`failed ${name}`).catch(() => {});
      throw failure;
    } finally {
      await visit.close();
    }
  });
}

async function openVisit({ as, theme = "light", locale = "en-GB", viewport = desktop }) {
  const context = await stage.browser.newContext({
    baseURL: stage.url,
    colorScheme: theme,
    locale,
    timezoneId: "UTC",
    viewport,
    isMobile: viewport === phone,
    hasTouch: viewport === phone,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(waitLimitMs);
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`content security policy: ${event.violatedDirective} refused ${event.blockedURI}`);
    });
  });
  if (as !== undefined) {
    const answer = await context.request.post("/api/session", { data: people[as] });
    assert.equal(answer.status(), 200, `the ${as} can sign in`);
  }
  const page = await context.newPage();
  const problems = watch(page);
  const expected = [];

  return {
    page,
    context,
    api: context.request,
    expectProblem: (pattern) => expected.push(pattern),
    unexpectedProblems() {
      const left = [...problems];
      const missing = [];
      for (const pattern of expected) {
        const index = left.findIndex((problem) => pattern.test(problem));
        if (index < 0) missing.push(`expected, but not seen: ${pattern}`);
        else left.splice(index, 1);
      }
      return [...left, ...missing];
    },
    /** Keeps a picture of the page; of what is in the window alone where `fullPage` is false. */
    async picture(title, { fullPage = true } = {}) {
      if (fullPage) {
        // A header that sticks would otherwise stand in the middle of the picture of a scrolled page.
        await page.evaluate(() => window.scrollTo(0, 0));
      }
      await page.screenshot({ path: `${picturesFolder}${title.replaceAll(/[^\w]+/g, "-")}.png`, fullPage });
    },
    close: () => context.close(),
  };
}

/** Collects console errors and warnings, uncaught exceptions and answers that say that the server failed. */
function watch(page) {
  const problems = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      problems.push(`${message.text()} (${new URL(message.location().url || "about:blank").pathname})`);
    }
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.stack ?? error.message}`));
  page.on("response", (answer) => {
    if (answer.status() >= 500) problems.push(`${answer.status()} for ${answer.url()}`);
  });
  return problems;
}

/** The browser's complaint about an answer with this status. */
export const refusal = (status) => new RegExp(`status of ${status}\\b`);

/** Repeats a check until it holds; fails with its last failure. */
export async function eventually(check) {
  const giveUpAt = Date.now() + waitLimitMs;
  for (;;) {
    try {
      return await check();
    } catch (failure) {
      if (Date.now() > giveUpAt) throw failure;
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** The heading of the page, when it has come. */
export async function arriveAt(page, heading) {
  await page.getByRole("heading", { level: 1, name: heading }).waitFor();
}

/** Waits until the page has its heading and nothing in it is still being loaded. */
export async function settled(page) {
  await page.waitForFunction(
    () =>
      document.querySelector("h1") !== null &&
      document.querySelector("[aria-busy=true]") === null &&
      !/Loading…/.test(document.body.innerText),
  );
}

/** What a person reads in the cells of a column, from top to bottom. */
export async function column(page, heading) {
  return page.getByRole("table").evaluate((table, wanted) => {
    const headings = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.replace(/[▲▼]/, "").trim());
    const index = headings.indexOf(wanted);
    if (index < 0) throw new Error(`no column ${wanted} among ${headings}`);
    return [...table.tBodies[0].rows].map((row) => row.cells[index].innerText.trim());
  }, heading);
}

/** What a screen reader says after a control's name: its hint and its error. */
export async function description(locator) {
  return locator.evaluate((control) =>
    (control.getAttribute("aria-describedby") ?? "")
      .split(" ")
      .filter(Boolean)
      .map((id) => document.getElementById(id)?.textContent ?? `nothing has the id ${id}`)
      .join(" "),
  );
}

/** Whether the focus stands on this element. */
export async function assertFocused(locator) {
  await eventually(async () => {
    const focused = await locator.evaluate((element) => element === document.activeElement);
    const actual = await locator.page().evaluate(() => document.activeElement?.outerHTML.slice(0, 120));
    assert.ok(focused, `the focus stands on ${actual}, not on ${locator}`);
  });
}
