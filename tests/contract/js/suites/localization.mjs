/** Locales: values under locales, added and removed ones, blocks of their own for each. */
import { block, makeBlockModel, makeModel } from '../building.mjs';

/** Check localized fields. */
export async function localization({ check, client }) {
  const on = {};
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
  await check(
    'localized values stand under their locales, blocks have an id in each',
    async (t) => {
      on.record = await client.items.create({
        item_type: type,
        title: { en: 'Hello', it: null },
        parts: { en: [part('one')], it: [part('uno')] },
        code: 'x',
      });
      t.same([on.record.title, on.record.code], [{ en: 'Hello', it: null }, 'x']);
      t.ok(on.record.parts.en[0] !== on.record.parts.it[0]);
      const nested = await client.items.find(on.record.id, { nested: true });
      t.same(nested.parts.it[0].attributes, { text: 'uno' });
    },
  );
  await check('a locale is added by sending all localized fields', async (t) => {
    on.record = await client.items.update(on.record.id, {
      title: { ...on.record.title, de: 'Hallo' },
      parts: { ...on.record.parts, de: [part('eins')] },
    });
    t.same(Object.keys(on.record.title).sort(), ['de', 'en', 'it']);
    t.same(Object.keys(on.record.parts).sort(), ['de', 'en', 'it']);
  });
  await check('a locale is removed by leaving it out of all localized fields', async (t) => {
    const { it: _title, ...title } = on.record.title;
    const { it: _parts, ...parts } = on.record.parts;
    on.record = await client.items.update(on.record.id, { title, parts });
    t.same([on.record.title, Object.keys(on.record.parts).sort()], [title, ['de', 'en']]);
  });
  await refusing({ check, client, type, fields });
  await shrinking({ check, client }, on);
}

async function refusing({ check, client, type, fields }) {
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
}

async function shrinking({ check, client }, on) {
  await check('a locale taken off the site goes from all records', async (t) => {
    await client.site.update({ locales: ['en', 'it'] });
    t.same(Object.keys((await client.items.find(on.record.id)).title), ['en']);
  });
}
