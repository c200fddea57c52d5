/** Locales: values under locales, added and removed ones, blocks of their own for each. */
import { block, makeBlockModel, makeModel } from '../building.mjs';

/** Check localized fields. */
export async function localization({ check, client }) {
  await client.site.update({ locales: ['en', 'it', 'de'] });
  const quote = await makeBlockModel(client, 'quote', { text: { field_type: 'string' } });
  const { type, fields } = await makeModel(
    client,
    { api_key: 'page' },
    {
      title: { field_type: 'string', localized: true },
      parts: {
        field_type: 'rich_text',
        localized: true,
        validators: { rich_text_blocks: { item_types: [quote.model.id] } },
      },
      code: { field_type: 'string' },
    },
  );
  const part = (text, id) => block(quote.type, { text }, id);
  let record;
  await check('localized values stand under their locales, blocks have an id in each', async (t) => {
    record = await client.items.create({
      item_type: type,
      title: { en: 'Hello', it: null },
      parts: { en: [part('one')], it: [part('uno')] },
      code: 'x',
    });
    t.same([record.title, record.code], [{ en: 'Hello', it: null }, 'x']);
    t.ok(record.parts.en[0] !== record.parts.it[0]);
    const nested = await client.items.find(record.id, { nested: true });
    t.same(nested.parts.it[0].attributes, { text: 'uno' });
  });
  await check('a locale is added by sending all localized fields', async (t) => {
    record = await client.items.update(record.id, {
      title: { ...record.title, de: 'Hallo' },
      parts: { ...record.parts, de: [part('eins')] },
    });
    t.same(Object.keys(record.title).sort(), ['de', 'en', 'it']);
    t.same(Object.keys(record.parts).sort(), ['de', 'en', 'it']);
  });
  await check('a locale is removed by leaving it out of all localized fields', async (t) => {
    const { it: _title, ...title } = record.title;
    const { it: _parts, ...parts } = record.parts;
    record = await client.items.update(record.id, { title, parts });
    t.same([record.title, Object.keys(record.parts).sort()], [title, ['de', 'en']]);
  });
  await check('localized fields with different locales are refused', async (t) => {
    const unequal = { item_type: type, title: { en: 'x', it: 'y' }, parts: { en: [] } };
    await t.refusedSomehow(client.items.create(unequal));
  });
  await check('an unknown locale is refused', async (t) => {
    const unknown = { item_type: type, title: { fr: 'x' }, parts: { fr: [] } };
    await t.refusedSomehow(client.items.create(unknown));
  });
  await check('a refused value is told with its locale', async (t) => {
    const max = await client.fields.update(fields.title, { validators: { length: { max: 5 } } });
    t.same(max.localized, true);
    await t.refused(
      client.items.create({ item_type: type, title: { en: 'far too long' }, parts: { en: [] } }),
      'INVALID_FIELD',
      { field: 'title.en' },
    );
  });
  await check('a model that requires all locales misses one', async (t) => {
    const strict = await makeModel(
      client,
      { api_key: 'strict', all_locales_required: true },
      { title: { field_type: 'string', localized: true } },
    );
    await t.refused(
      client.items.create({ item_type: strict.type, title: { en: 'x' } }),
      'MISSING_LOCALES',
    );
  });
  await check('a locale taken off the site goes from all records', async (t) => {
    await client.site.update({ locales: ['en', 'it'] });
    t.same(Object.keys((await client.items.find(record.id)).title), ['en']);
  });
}
