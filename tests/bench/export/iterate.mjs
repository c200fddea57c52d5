// List all records with the official client's iterator and write them as JSON lines.
// Arguments: node_modules, address, page size, model, file. Prints the number of records.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createRequire } from 'node:module';

const [modules, baseUrl, size, model, file] = process.argv.slice(2);
const { buildClient } = createRequire(`${modules}/`)('@datocms/cma-client-node');

const perPage = Number(size);
const client = buildClient({ apiToken: 'bench', baseUrl });
const query = { filter: { type: model }, version: 'current', order_by: 'id_ASC' };
if (perPage === 30) query.nested = true;

const out = createWriteStream(file);
let rows = 0;
for await (const one of client.items.rawListPagedIterator(query, { concurrency: 10, perPage })) {
  if (!out.write(`${JSON.stringify(one)}\n`)) await once(out, 'drain');
  rows += 1;
}
out.end();
await once(out, 'finish');
console.log(JSON.stringify({ rows }));
