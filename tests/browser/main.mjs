// Drives a generated, built application in a real browser: node --test-reporter=./reporter.mjs main.mjs FOLDER
import { after, before } from "node:test";
import { setUp, tearDown } from "./stage.mjs";
import "./sign-in.mjs";
import "./list.mjs";
import "./form.mjs";
import "./deletion.mjs";
import "./roles.mjs";
import "./language.mjs";
import "./theme.mjs";
import "./phone.mjs";
import "./keyboard.mjs";
import "./accessibility.mjs";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("say in which folder the application is");

before(() => setUp(folder));
after(tearDown);
