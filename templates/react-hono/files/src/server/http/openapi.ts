import { z } from "zod";
import { field } from "../../shared/fields";
import { project } from "../../shared/project";
import type { Resource } from "../resource/definition";
import { listFilters, listParameters, optionsParameters } from "../resource/query";

export type Json = Record<string, unknown>;
type Direction = "input" | "output";

const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().optional(),
  errors: z
    .array(
      z.object({
        path: z.string(),
        code: z.string(),
        message: z.string(),
        params: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    )
    .optional(),
  references: z
    .array(
      z.object({
        entity: z.string(),
        field: z.string(),
        label: z.string(),
        count: z.int(),
      }),
    )
    .optional(),
});

/** JSON Schema of a zod schema; a named format says enough without zod's own expression for it. */
export function jsonSchema(schema: z.ZodType, io: Direction): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return json;
}

function reference(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function queryParameters(schema: z.ZodObject): Json[] {
  return Object.entries(schema.shape).map(([name, parameter]) => ({
    name,
    in: "query",
    required: false,
    schema: jsonSchema(parameter, "output"),
  }));
}

/** Describes an answer with a JSON body. */
export function answer(description: string, schema: Json): Json {
  return { description, content: { "application/json": { schema } } };
}

/** Describes a JSON body. */
export function body(schema: Json): Json {
  return { required: true, content: { "application/json": { schema } } };
}

/** Describes the failures of an operation, each by its status. */
export function failures(...statuses: number[]): Json {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: "#/components/responses/Problem" }]),
  );
}

const idParameter = {
  name: "id",
  in: "path",
  required: true,
  schema: { type: "integer", minimum: 1 },
};

function resourcePaths(resource: Resource): Json {
  const { type, label, labelPlural, path, files = {} } = resource;
  const tags = [labelPlural];
  const row = reference(type);
  const input = body(reference(`${type}Input`));
  const page = {
    type: "object",
    required: ["items", "page", "pageSize", "total"],
    properties: {
      items: { type: "array", items: row },
      page: { type: "integer" },
      pageSize: { type: "integer" },
      total: { type: "integer" },
    },
  };
  const listQuery = listParameters(resource).extend(listFilters(resource).shape);
  const downloads = Object.keys(files).map((name) => [
    `/api/${path}/{id}/${name}`,
    {
      parameters: [idParameter],
      get: {
        tags,
        summary: `Download ${name}`,
        responses: { 200: { description: "The content of the file" }, ...failures(404) },
      },
    },
  ]);
  return {
    [`/api/${path}`]: {
      get: {
        tags,
        summary: `List: ${labelPlural}`,
        parameters: queryParameters(listQuery),
        responses: { 200: answer("One page of rows", page), ...failures(400) },
      },
      post: {
        tags,
        summary: `Create: ${label}`,
        requestBody: input,
        responses: { 201: answer("The new row", row), ...failures(400, 409, 413, 415, 422) },
      },
    },
    [`/api/${path}/options`]: {
      get: {
        tags,
        summary: `Options for a picker: ${labelPlural}`,
        parameters: queryParameters(optionsParameters(resource)),
        responses: {
          200: answer("Rows by their labels", { type: "array", items: reference("Option") }),
          ...failures(400),
        },
      },
    },
    [`/api/${path}/{id}`]: {
      parameters: [idParameter],
      get: {
        tags,
        summary: `Read: ${label}`,
        responses: { 200: answer("The row", row), ...failures(404) },
      },
      put: {
        tags,
        summary: `Replace: ${label}`,
        requestBody: input,
        responses: { 200: answer("The row", row), ...failures(400, 404, 409, 413, 415, 422) },
      },
      delete: {
        tags,
        summary: `Delete: ${label}`,
        responses: { 204: { description: "The row is gone" }, ...failures(404, 409) },
      },
    },
    ...Object.fromEntries(downloads),
  };
}

/** The OpenAPI 3.1 document, made from the schemas that the API itself validates with. */
export function openapiDocument(resources: Resource[], morePaths: Json = {}): Json {
  const schemas = resources.flatMap(({ type, input, row }) => [
    [`${type}Input`, jsonSchema(input, "input")],
    [type, jsonSchema(row, "output")],
  ]);
  return {
    openapi: "3.1.0",
    info: { title: project.title, version: project.version },
    paths: Object.assign({}, ...resources.map(resourcePaths), morePaths),
    components: {
      schemas: {
        ...Object.fromEntries(schemas),
        Option: jsonSchema(field.option(), "output"),
        Problem: jsonSchema(problem, "output"),
      },
      responses: {
        Problem: {
          description: "What went wrong",
          content: { "application/problem+json": { schema: reference("Problem") } },
        },
      },
    },
  };
}
