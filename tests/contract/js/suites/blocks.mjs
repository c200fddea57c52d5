/** Blocks: all three places, new, kept, changed, moved, removed, and blocks within blocks. */
import {
  buildBlockRecord,
  duplicateBlockRecord,
  generateId,
  inspectItem,
  SchemaRepository,
} from '@datocms/cma-client-node';

import { asSent, block, makeBlockModel, makeModel } from '../building.mjs';

/** Check modular content, single blocks and what nests in them. */
export async function blocks({ check, client }) {
  const quote = await makeBlockModel(client, 'quote', { text: { field_type: 'string' } });
  const section = await makeBlockModel(client, 'section', { title: { field_type: 'string' } });
  const accepted = { item_types: [quote.model.id, section.model.id] };
  await client.fields.create(section.model, {
    label: 'Parts',
    api_key: 'parts',
    field_type: 'rich_text',
    validators: { rich_text_blocks: accepted },
  });
  await client.fields.create(section.model, {
    label: 'Closing',
    api_key: 'closing',
    field_type: 'single_block',
    validators: { single_block_blocks: { item_types: [quote.model.id] } },
  });
  const page = await makeModel(
    client,
    { api_key: 'page' },
    {
      title: { field_type: 'string' },
      sections: { field_type: 'rich_text', validators: { rich_text_blocks: accepted } },
      hero: { field_type: 'single_block', validators: { single_block_blocks: accepted } },
    },
  );
  const context = { check, client, page, quote: quote.type, section: section.type };
  await modular(context);
  await single(context);
  await nesting(context);
  await refusing(context);
}

async function modular({ check, client, page, quote, section }) {
  const on = {};
  const nested = () => client.items.find(on.record.id, { nested: true });
  await check('modular content reads as ids, and as whole blocks when nested', async (t) => {
    on.record = await client.items.create({
      item_type: page.type,
      title: 'Page',
      sections: [buildBlockRecord({ item_type: quote, text: 'one' }), block(section, {})],
    });
    t.same(
      on.record.sections.map((each) => typeof each),
      ['string', 'string'],
    );
    const [first, second] = (await nested()).sections;
    t.same(asSent(first), {
      type: 'item',
      id: on.record.sections[0],
      attributes: { text: 'one' },
      relationships: { item_type: { data: quote } },
    });
    t.same(second.attributes, { title: null, parts: [], closing: null });
  });
  await check('a block is kept by its id, another changed by its id, another added', async (t) => {
    const [one, two] = on.record.sections;
    const updated = await client.items.update(on.record.id, {
      sections: [block(section, { title: 'new' }), two, { ...block(quote, { text: 'uno' }, one) }],
    });
    t.same(updated.sections.slice(1), [two, one]);
    t.ok(![one, two].includes(updated.sections[0]));
    const texts = (await nested()).sections.map(
      ({ attributes }) => attributes.text ?? attributes.title,
    );
    t.same(texts, ['new', null, 'uno']);
    on.record = updated;
  });
  await changing({ check, client, quote, nested }, on);
}

async function changing({ check, client, quote, nested }, on) {
  await check('a block is changed without naming its model', async (t) => {
    const [kept, , changed] = on.record.sections;
    await client.items.update(on.record.id, {
      sections: [kept, { type: 'item', id: changed, attributes: { text: 'due' } }],
    });
    const found = await nested();
    t.same(
      found.sections.map(({ id, attributes }) => [id, attributes.text ?? attributes.title]),
      [
        [kept, 'new'],
        [changed, 'due'],
      ],
    );
  });
  await check('a removed block is no longer found', async (t) => {
    const [, changed] = (await client.items.find(on.record.id)).sections;
    await client.items.update(on.record.id, { sections: [] });
    await t.refused(client.items.find(changed), 'NOT_FOUND');
    t.same((await client.items.list({ filter: { type: 'quote' } })).length, 0);
  });
}

async function single({ check, client, page, quote }) {
  await check('a single block is made, changed, replaced and removed', async (t) => {
    const made = await client.items.create({
      item_type: page.type,
      hero: block(quote, { text: 'one' }),
    });
    const nested = async () => (await client.items.find(made.id, { nested: true })).hero;
    t.same([typeof made.hero, (await nested()).attributes.text], ['string', 'one']);
    await client.items.update(made.id, { hero: block(quote, { text: 'two' }, made.hero) });
    t.same([(await nested()).id, (await nested()).attributes.text], [made.hero, 'two']);
    await client.items.update(made.id, { hero: block(quote, { text: 'three' }) });
    t.ok((await nested()).id !== made.hero);
    t.same((await client.items.update(made.id, { hero: null })).hero, null);
    t.same((await client.items.list({ filter: { type: 'quote' } })).length, 0);
  });
}

async function nesting({ check, client, page, quote, section }) {
  const on = {};
  const deep = (text) =>
    block(section, {
      title: 'outer',
      parts: [
        block(section, { title: 'inner', parts: [block(quote, { text })] }),
        block(quote, { text: 'beside' }),
      ],
      closing: block(quote, { text: 'end' }),
    });
  await check('blocks nest in blocks, three deep', async (t) => {
    const made = await client.items.create({ item_type: page.type, sections: [deep('core')] });
    on.record = await client.items.find(made.id, { nested: true });
    const [outer] = on.record.sections;
    t.same(outer.attributes.parts[0].attributes.parts[0].attributes.text, 'core');
    t.same(outer.attributes.closing.attributes.text, 'end');
    t.same('meta' in outer, false);
    const flat = await client.items.find(outer.attributes.parts[0].id);
    t.same(flat.parts, [outer.attributes.parts[0].attributes.parts[0].id]);
  });
  await check('a block deep inside is changed, its neighbours keep their ids', async (t) => {
    const [outer] = on.record.sections;
    const [inner, beside] = outer.attributes.parts;
    const [core] = inner.attributes.parts;
    const changedInner = block(
      section,
      { parts: [block(quote, { text: 'new' }, core.id)] },
      inner.id,
    );
    await client.items.update(on.record.id, {
      sections: [block(section, { parts: [changedInner, beside.id] }, outer.id)],
    });
    const [found] = (await client.items.find(on.record.id, { nested: true })).sections;
    t.same(found.attributes.parts[1], beside);
    t.same(found.attributes.parts[0].attributes.parts[0].attributes.text, 'new');
    t.same(found.attributes.closing, outer.attributes.closing);
  });
  await copying({ check, client }, on);
}

async function copying({ check, client }, on) {
  await check("the client's own copier gives new blocks of equal content", async (t) => {
    const [outer] = (await client.items.find(on.record.id, { nested: true })).sections;
    const copy = await duplicateBlockRecord(outer, new SchemaRepository(client));
    await client.items.update(on.record.id, { sections: [outer.id, copy] });
    const [first, second] = (await client.items.find(on.record.id, { nested: true })).sections;
    t.ok(first.id !== second.id);
    t.same(second.attributes.title, first.attributes.title);
    t.ok(second.attributes.parts[0].id !== first.attributes.parts[0].id);
  });
  await check('the client can print what it read', async (t) => {
    t.matches(inspectItem(await client.items.find(on.record.id, { nested: true })), /outer/);
  });
}

async function refusing({ check, client, page, quote, section }) {
  await check('a block cannot be made on its own', async (t) => {
    await t.refusedSomehow(client.items.create({ item_type: quote, text: 'x' }));
  });
  await check('a block of a model that the field does not take is refused', async (t) => {
    const other = await makeBlockModel(client, 'other', {});
    await t.refused(
      client.items.create({ item_type: page.type, sections: [block(other.type, {})] }),
      'INVALID_FIELD',
      { field: 'sections' },
    );
  });
  await check("another record's block is refused", async (t) => {
    const made = await client.items.create({
      item_type: page.type,
      sections: [block(section, {})],
    });
    await t.refused(
      client.items.create({ item_type: page.type, sections: made.sections }),
      'INVALID_FIELD',
      { field: 'sections' },
    );
    await t.refused(
      client.items.create({ item_type: page.type, sections: [generateId()] }),
      'INVALID_FIELD',
      { field: 'sections' },
    );
  });
  await check('a record lists its blocks only when asked for their model', async (t) => {
    const all = await client.items.list({ filter: { type: 'section' }, nested: true });
    t.ok(all.length > 0);
    t.same(
      all.every(({ item_type: type, creator }) => type.id === section.id && !creator),
      true,
    );
  });
}
