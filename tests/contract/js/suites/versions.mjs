/** Versions: one for each change, found, paged and restored. */
import { block, collect, makeBlockModel, makeModel } from '../building.mjs';

/** Check the history of a record. */
export async function versions({ check, client }) {
  const quote = await makeBlockModel(client, 'quote', { text: { field_type: 'string' } });
  const { type } = await makeModel(
    client,
    { api_key: 'page', draft_mode_active: true },
    {
      title: { field_type: 'string' },
      parts: {
        field_type: 'rich_text',
        validators: { rich_text_blocks: { item_types: [quote.model.id] } },
      },
    },
  );
  const first = await client.items.create({
    item_type: type,
    title: 'one',
    parts: [block(quote.type, { text: 'part' })],
  });
  const published = await client.items.publish(first.id);
  const second = await client.items.update(first.id, { title: 'two', parts: [] });
  await check('every change makes a version, newest first', async (t) => {
    const found = await client.itemVersions.list(first.id);
    t.same(
      found.map(({ id, title, meta }) => [id, title, meta.is_current, meta.is_published]),
      [
        [second.meta.current_version, 'two', true, false],
        [first.meta.current_version, 'one', false, true],
      ],
    );
    t.same(
      [found[0].item.id, found[0].item_type.id, found[0].editor.type],
      [first.id, type.id, 'access_token'],
    );
  });
  await check('a version is found by the id that the record tells, nested too', async (t) => {
    const version = await client.itemVersions.find(first.meta.current_version, { nested: true });
    t.same([version.type, version.title], ['item_version', 'one']);
    t.same(version.parts[0].attributes.text, 'part');
  });
  await restoring({ check, client, first, published });
}

async function restoring({ check, client, first, published }) {
  await check('an iterator walks the versions of a record', async (t) => {
    const all = await collect(client.itemVersions.listPagedIterator(first.id, {}, { perPage: 1 }));
    t.same(
      all.map(({ title }) => title),
      ['two', 'one'],
    );
  });
  await check('a restored version becomes a new one, unpublished, with its blocks', async (t) => {
    const [record, version] = await client.itemVersions.restore(first.meta.current_version);
    t.same([record.type, version.type], ['item', 'item_version']);
    t.same([record.title, record.meta.published_at], ['one', published.meta.published_at]);
    t.same((await client.itemVersions.list(first.id)).length, 3);
    const nested = await client.items.find(first.id, { nested: true });
    t.same(
      nested.parts.map(({ attributes }) => attributes.text),
      ['part'],
    );
  });
  await check('a destroyed record takes its versions along', async (t) => {
    await client.items.destroy(first.id);
    await t.refused(client.itemVersions.find(first.meta.current_version), 'NOT_FOUND');
  });
}
