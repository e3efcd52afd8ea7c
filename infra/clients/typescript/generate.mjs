// Makes src/api.ts, or the file that is named, out of infra/openapi.yaml. A list of words that may grow keeps
// its words for editors to offer, and takes any other (`string & {}`).
import { writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";

const { factory } = ts;
const document = new URL("../../openapi.yaml", import.meta.url);

const ast = await openapiTS(document, {
  transform(schema) {
    const words = schema["x-extensible-enum"];
    if (!words) return undefined;
    const literals = words.map((word) => factory.createLiteralTypeNode(factory.createStringLiteral(word)));
    const string = factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword);
    const any = factory.createIntersectionTypeNode([string, factory.createTypeLiteralNode([])]);
    return factory.createUnionTypeNode([...literals, any]);
  },
});
const warning = "// Made by generate.mjs out of infra/openapi.yaml; change that, and make it anew.\n\n";
writeFileSync(process.argv[2] ?? new URL("src/api.ts", import.meta.url), warning + astToString(ast));
