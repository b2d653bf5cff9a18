import { config } from "zod";

// Schemas are made when their modules load, and try `eval` then unless told not to: the content
// security policy forbids it. So this module is the first that the application imports.
config({ jitless: true });
