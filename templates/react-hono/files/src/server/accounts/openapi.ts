import { z } from "zod";
import { credentials, passwordChange, sessionUser } from "../../shared/account";
import { answer, body, failures, jsonSchema } from "../http/openapi";

const tags = ["Session"];
const session = answer(
  "Who is signed in",
  jsonSchema(z.object({ user: sessionUser.nullable() }), "output"),
);

/** Signing in and out, for the OpenAPI document. */
export const sessionPaths = {
  "/api/session": {
    get: {
      tags,
      summary: "Who is signed in",
      responses: { 200: session },
    },
    post: {
      tags,
      summary: "Sign in",
      requestBody: body(jsonSchema(credentials, "input")),
      responses: { 200: session, ...failures(400, 401, 415, 422, 429) },
    },
    delete: {
      tags,
      summary: "Sign out",
      responses: { 204: { description: "Nobody is signed in" } },
    },
  },
  "/api/session/password": {
    put: {
      tags,
      summary: "Change one's own password",
      requestBody: body(jsonSchema(passwordChange, "input")),
      responses: { 200: session, ...failures(400, 401, 415, 422) },
    },
  },
};
