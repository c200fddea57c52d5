/** Uploads: from files and from bytes on the network, found again, described, replaced, used. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { generateId } from '@datocms/cma-client-node';

import { block, collect, makeBlockModel, makeModel } from '../building.mjs';

// The smallest red and the smallest wide picture that PNG allows.
const RED =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==';
const WIDE =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAYAAAD0In+KAAAADklEQVR42mP8z8BQDwcACYQBgS0LtnUAAAAASUVORK5CYII=';

/** Check the life of an asset. */
export async function uploads({ check, client }) {
  const folder = await mkdtemp(join(tmpdir(), 'uploads-'));
  const write = async (name, bytes) => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    return path;
  };
  try {
    const red = await write('Menù estivo.png', Buffer.from(RED, 'base64'));
    const wide = await write('wide.png', Buffer.from(WIDE, 'base64'));
    const text = await write('notes.txt', 'Only words.\n');
    await making({ check, client, red, text });
    await changing({ check, client, red, wide });
    await using({ check, client, red });
    await sorting({ check, client, red, text });
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function making({ check, client, red, text }) {
  const on = {};
  await check('an upload request names the path of the bytes', async (t) => {
    const request = await client.uploadRequest.create({ filename: 'x.png' });
    t.matches(request.id, /^\/\d+\/\d+-x\.png$/);
    t.ok(request.url.startsWith('http'));
    t.same(typeof request.request_headers, 'object');
  });
  await check('a local file is uploaded, with progress, under a chosen id', async (t) => {
    const told = [];
    const id = generateId();
    on.upload = await client.uploads.createFromLocalFile({
      id,
      localPath: red,
      author: 'Ann',
      copyright: '© Ann',
      notes: 'A note',
      tags: ['warm'],
      default_field_metadata: {
        alt: { en: 'Red' },
        title: { en: null },
        custom_data: { en: { mood: 'calm' } },
        focal_point: { x: 0.25, y: 0.75 },
      },
      onProgress: ({ type }) => told.push(type),
    });
    t.same(on.upload.id, id);
    t.same(
      [...new Set(told)],
      ['REQUESTING_UPLOAD_URL', 'UPLOADING_FILE', 'CREATING_UPLOAD_OBJECT'],
    );
    t.holds(on.upload, { author: 'Ann', copyright: '© Ann', notes: 'A note', tags: ['warm'] });
    t.same(on.upload.default_field_metadata.alt, { en: 'Red' });
    t.same(on.upload.default_field_metadata.custom_data, { en: { mood: 'calm' } });
    t.same(on.upload.default_field_metadata.focal_point, { x: 0.25, y: 0.75 });
  });
  await telling({ check, client, red }, on);
  await downloading({ check }, on);
  await reusing({ check, client, red, text }, on);
}

async function telling({ check, client, red }, on) {
  await check('the server tells what the bytes are', async (t) => {
    const bytes = await readFile(red);
    t.holds(await client.uploads.find(on.upload.id), {
      size: bytes.length,
      md5: createHash('md5').update(bytes).digest('hex'),
      width: 1,
      height: 1,
      format: 'png',
      mime_type: 'image/png',
      is_image: true,
    });
  });
}

async function downloading({ check }, on) {
  await check('the bytes come back from their address', async (t) => {
    const answer = await fetch(on.upload.url);
    t.same(Buffer.from(await answer.arrayBuffer()).toString('base64'), RED);
    t.same(answer.headers.get('content-type'), 'image/png');
  });
}

async function reusing({ check, client, red, text }, on) {
  await check('equal bytes are found by their md5 and not sent again', async (t) => {
    const again = await client.uploads.createFromLocalFile({
      localPath: red,
      skipCreationIfAlreadyExists: true,
    });
    t.same(again.id, on.upload.id);
    t.same((await client.uploads.list()).length, 1);
  });
  await check('a remote file is uploaded', async (t) => {
    const copy = await client.uploads.createFromUrl({ url: on.upload.url });
    t.same([copy.md5, copy.id === on.upload.id], [on.upload.md5, false]);
  });
  await check('a text is no picture and has no tracks', async (t) => {
    const notes = await client.uploads.createFromLocalFile({ localPath: text });
    t.holds(notes, { is_image: false, width: null, mime_type: 'text/plain' });
    await t.refused(
      client.uploadTracks.create(notes.id, {
        url_or_upload_request_id: notes.path,
        type: 'subtitles',
        language_code: 'en',
        name: 'English',
      }),
      'NOT_A_VIDEO',
    );
  });
}

async function changing({ check, client, red, wide }) {
  let upload;
  await check('what is told about an upload is updated', async (t) => {
    upload = await client.uploads.createFromLocalFile({ localPath: red });
    const updated = await client.uploads.update(upload.id, {
      author: 'Bea',
      tags: ['a', 'b'],
      basename: 'renamed',
      default_field_metadata: { alt: { en: 'New' } },
    });
    t.holds(updated, { author: 'Bea', tags: ['a', 'b'], basename: 'renamed' });
    t.same(updated.default_field_metadata.alt.en, 'New');
  });
  await check('the bytes are replaced, id and metadata stay', async (t) => {
    const replaced = await client.uploads.updateFromLocalFile(upload.id, { localPath: wide });
    t.holds(replaced, { id: upload.id, width: 2, height: 1, author: 'Bea' });
    t.ok(replaced.path !== upload.path);
    const answer = await fetch(replaced.url);
    t.same(Buffer.from(await answer.arrayBuffer()).toString('base64'), WIDE);
  });
  await check('a destroyed upload is no longer found', async (t) => {
    t.same((await client.uploads.destroy(upload.id)).id, upload.id);
    await t.refused(client.uploads.find(upload.id), 'NOT_FOUND');
  });
  await check('a path that nobody asked for is refused', async (t) => {
    await t.refusedSomehow(client.uploads.create({ path: '/1/1-never-requested.png' }));
  });
}

async function using({ check, client, red }) {
  const on = {};
  const card = await makeBlockModel(client, 'card', { picture: { field_type: 'file' } });
  const { type } = await makeModel(
    client,
    { api_key: 'page' },
    {
      picture: { field_type: 'file' },
      pictures: { field_type: 'gallery' },
      seo: { field_type: 'seo' },
      cards: {
        field_type: 'rich_text',
        validators: { rich_text_blocks: { item_types: [card.model.id] } },
      },
    },
  );
  const upload = await client.uploads.createFromLocalFile({ localPath: red });
  const short = { upload_id: upload.id };
  const whole = {
    upload_id: upload.id,
    alt: null,
    title: null,
    custom_data: {},
    focal_point: null,
    poster_time: null,
  };
  await check('a file is written short and reads back whole', async (t) => {
    on.record = await client.items.create({
      item_type: type,
      picture: { ...short, alt: 'Mine' },
      pictures: [short, short],
      seo: { title: 'x', description: null, image: upload.id },
      cards: [block(card.type, { picture: short })],
    });
    t.same(on.record.picture, { ...whole, alt: 'Mine' });
    t.same(on.record.pictures, [whole, whole]);
    t.same(on.record.seo.image, upload.id);
  });
  await answering({ check, client, type, upload }, on);
}

async function answering({ check, client, type, upload }, on) {
  await check('an upload tells the records that use it', async (t) => {
    const found = await client.uploads.references(upload.id);
    t.same(
      found.map(({ id }) => id),
      [on.record.id],
    );
  });
  await check('a file that is not there is refused', async (t) => {
    await t.refused(
      client.items.create({ item_type: type, picture: { upload_id: generateId() } }),
      'INVALID_FIELD',
      { field: 'picture' },
    );
  });
}

async function sorting({ check, client, red, text }) {
  const on = {};
  await check('collections form a tree', async (t) => {
    const outer = await client.uploadCollections.create({ id: generateId(), label: 'Outer' });
    on.inner = await client.uploadCollections.create({
      label: 'Inner',
      parent: { type: 'upload_collection', id: outer.id },
    });
    const found = await client.uploadCollections.find(outer.id);
    t.same(found.children, [{ type: 'upload_collection', id: on.inner.id }]);
    const updated = await client.uploadCollections.update(outer.id, { ...found, label: 'All' });
    t.same([updated.label, (await client.uploadCollections.list()).length], ['All', 2]);
  });
  await check('uploads are put into a collection, tagged and destroyed in bulk', async (t) => {
    const made = [];
    for (const localPath of [red, text]) {
      made.push(await client.uploads.createFromLocalFile({ localPath, tags: ['old'] }));
    }
    const uploads = made.map(({ id }) => ({ type: 'upload', id }));
    const collection = { type: 'upload_collection', id: on.inner.id };
    await client.uploads.bulkSetUploadCollection({ uploads, upload_collection: collection });
    await client.uploads.bulkTag({ uploads, tags: ['new'] });
    const found = await client.uploads.find(made[0].id);
    t.same([found.upload_collection, found.tags.toSorted()], [collection, ['new', 'old']]);
    await client.uploads.bulkDestroy({ uploads });
    await t.refused(client.uploads.find(made[1].id), 'NOT_FOUND');
  });
  await listing({ check, client, red });
}

async function listing({ check, client, red }) {
  await check('tags are listed, those of uploads too', async (t) => {
    const tag = await client.uploadTags.create({ name: 'summer' });
    const upload = await client.uploads.createFromLocalFile({ localPath: red, tags: [tag.id] });
    t.same(upload.tags, [tag.id]);
    const found = await collect(
      client.uploadTags.listPagedIterator({ filter: { query: 'summer' } }),
    );
    t.same(
      found.map(({ name }) => name),
      ['summer'],
    );
  });
  await check('uploads are listed in pages, filtered and ordered', async (t) => {
    const { data, meta } = await client.uploads.rawList({ page: { limit: 1 } });
    t.same([data.length, meta.total_count > 2], [1, true]);
    const [one] = data;
    const equal = await client.uploads.list({
      filter: { fields: { md5: { in: [one.attributes.md5] } } },
    });
    t.ok(equal.some(({ id }) => id === one.id));
    t.ok(equal.every(({ md5 }) => md5 === one.attributes.md5));
    const asked = await client.uploads.list({ filter: { ids: one.id } });
    t.same(
      asked.map(({ id }) => id),
      [one.id],
    );
    const sizes = await collect(
      client.uploads.listPagedIterator({ order_by: 'size_ASC' }, { perPage: 2 }),
    );
    t.same(
      sizes.map(({ size }) => size),
      sizes.map(({ size }) => size).toSorted((a, b) => a - b),
    );
  });
  await check('a filter for uploads is kept as sent', async (t) => {
    const filter = { fields: { tags: { any_in: ['new'] } }, query: 'x' };
    const made = await client.uploadFilters.create({ name: 'Mine', filter, shared: true });
    t.holds(await client.uploadFilters.find(made.id), { name: 'Mine', filter, shared: true });
    t.same((await client.uploadFilters.update(made.id, { ...made, name: 'X' })).name, 'X');
    await client.uploadFilters.destroy(made.id);
    t.same(await client.uploadFilters.list(), []);
  });
}
