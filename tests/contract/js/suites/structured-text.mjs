/** Structured text: every node, references of all four kinds, and blocks changed in place. */
import { asSent, block, makeBlockModel, makeModel } from '../building.mjs';

const span = (value, marks) => ({ type: 'span', ...(marks ? { marks } : {}), value });
const paragraph = (...children) => ({ type: 'paragraph', children });
const dast = (...children) => ({ schema: 'dast', document: { type: 'root', children } });

/** Give a document that holds every kind of node. */
const everyNode = ({ figure, note, record }) =>
  dast(
    { type: 'heading', level: 1, children: [span('Title')] },
    {
      type: 'paragraph',
      style: 'lead',
      children: [
        span('See\nthis', [
          'strong',
          'emphasis',
          'underline',
          'strikethrough',
          'code',
          'highlight',
        ]),
        {
          type: 'link',
          url: 'https://example.com',
          meta: [{ id: 'rel', value: 'nofollow' }],
          children: [span('web')],
        },
        {
          type: 'itemLink',
          item: record,
          meta: [{ id: 'target', value: '_blank' }],
          children: [span('record')],
        },
        { type: 'inlineItem', item: record },
        { type: 'inlineBlock', item: note },
      ],
    },
    {
      type: 'list',
      style: 'bulleted',
      children: [
        {
          type: 'listItem',
          children: [
            paragraph(span('a')),
            {
              type: 'list',
              style: 'numbered',
              children: [{ type: 'listItem', children: [paragraph(span('b'))] }],
            },
          ],
        },
      ],
    },
    { type: 'blockquote', attribution: 'Me', children: [paragraph(span('q'))] },
    { type: 'code', language: 'js', highlight: [0], code: 'let a' },
    { type: 'thematicBreak' },
    { type: 'block', item: figure },
  );

/** Check structured text fields. */
export async function structuredText({ check, client }) {
  const figure = await makeBlockModel(client, 'figure', { caption: { field_type: 'string' } });
  const note = await makeBlockModel(client, 'note', { text: { field_type: 'string' } });
  const target = await makeModel(client, { api_key: 'target' }, { name: { field_type: 'string' } });
  const story = await makeModel(
    client,
    { api_key: 'story' },
    {
      body: {
        field_type: 'structured_text',
        validators: {
          structured_text_blocks: { item_types: [figure.model.id] },
          structured_text_inline_blocks: { item_types: [note.model.id] },
          structured_text_links: { item_types: [target.model.id] },
        },
      },
    },
  );
  const to = await client.items.create({ item_type: target.type, name: 'Target' });
  const context = { check, client, story, to, figure: figure.type, note: note.type };
  await writing(context);
  await refusing(context);
}

async function writing({ check, client, story, to, figure, note }) {
  const on = {};
  const nested = async () => asSent((await client.items.find(on.record.id, { nested: true })).body);
  await check('a document with every node reads back as written', async (t) => {
    const given = { record: to.id };
    on.record = await client.items.create({
      item_type: story.type,
      body: everyNode({
        ...given,
        figure: block(figure, { caption: 'one' }),
        note: block(note, { text: 'aside' }),
      }),
    });
    const { children } = on.record.body.document;
    const [figureId, noteId] = [children.at(-1).item, children[1].children.at(-1).item];
    t.same(on.record.body, everyNode({ ...given, figure: figureId, note: noteId }));
    t.same(
      await nested(),
      everyNode({
        ...given,
        figure: block(figure, { caption: 'one' }, figureId),
        note: block(note, { text: 'aside' }, noteId),
      }),
    );
  });
  await check('item links count as references', async (t) => {
    const found = await client.items.references(to.id);
    t.same(
      found.map(({ id }) => id),
      [on.record.id],
    );
  });
  await check('a block inside a document is changed in place', async (t) => {
    const { children } = on.record.body.document;
    const changed = {
      ...children.at(-1),
      item: block(figure, { caption: 'two' }, children.at(-1).item),
    };
    await client.items.update(on.record.id, { body: dast(...children.slice(0, -1), changed) });
    const found = await nested();
    t.same(found.document.children.at(-1).item, changed.item);
    t.same(found.document.children[1].children.at(-1).item.attributes.text, 'aside');
  });
  await rewriting({ check, client, to, figure, nested }, on);
}

async function rewriting({ check, client, to, figure, nested }, on) {
  await check('a whole nested document is accepted back', async (t) => {
    const before = await nested();
    await client.items.update(on.record.id, { body: before });
    t.same(await nested(), before);
  });
  await check('an emptied document frees its blocks', async (t) => {
    const updated = await client.items.update(on.record.id, { body: null });
    t.same(updated.body, null);
    t.same((await client.items.list({ filter: { type: 'figure' } })).length, 0);
    t.same((await client.items.references(to.id)).length, 0);
  });
}

async function refusing({ check, client, story, to, figure, note }) {
  const refused = (t, ...children) =>
    t.refused(
      client.items.create({ item_type: story.type, body: dast(...children) }),
      'INVALID_FIELD',
      {
        field: 'body',
      },
    );
  await check('a node where it may not stand is refused, with its place', async (t) => {
    const refusal = await refused(t, { type: 'listItem', children: [] });
    t.same(refusal.details.code, 'INVALID_FORMAT');
    t.matches(refusal.details.errors.join('\n'), /#\/children\/0/);
  });
  await check('a block of an inline model is refused as a block', async (t) => {
    await refused(t, { type: 'block', item: block(note, { text: 'x' }) });
  });
  await check('a link to a record of another model is refused', async (t) => {
    const other = await client.items.create({ item_type: story.type });
    await refused(t, paragraph({ type: 'inlineItem', item: other.id }));
    await refused(t, paragraph({ type: 'inlineItem', item: 'Yz3uN1qOQ1mE0yqZl2m5vg' }));
    t.same((await client.items.find(to.id)).name, 'Target');
    t.same((await client.items.list({ filter: { type: figure.id } })).length, 0);
  });
}
