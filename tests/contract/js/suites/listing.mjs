/** Lists: filters, orders, pages, iterators, both versions. */
import { collect, makeModel } from '../building.mjs';

const COUNT = 12;

/** Check what the list of records can be asked. */
export async function listing({ check, client }) {
  const { type } = await makeModel(
    client,
    { api_key: 'post', draft_mode_active: true },
    {
      title: { field_type: 'string' },
      rank: { field_type: 'integer' },
      live: { field_type: 'boolean' },
      day: { field_type: 'date' },
    },
  );
  const made = [];
  for (let rank = 0; rank < COUNT; rank += 1) {
    const day = `2026-01-${String(rank + 1).padStart(2, '0')}`;
    const values = { title: `Post ${rank}`, rank, live: rank % 2 === 0, day };
    made.push(await client.items.create({ item_type: type, ...values }));
  }
  const ids = made.map(({ id }) => id);
  const ranks = async (query) =>
    (await client.items.list({ version: 'current', ...query })).map(({ rank }) => rank);
  const having = (fields, rest) =>
    ranks({ filter: { type: 'post', fields }, order_by: 'rank_ASC', ...rest });
  await check('records are listed newest first', async (t) => {
    t.same(await ranks({}), [...made.keys()].reverse());
  });
  await check('records are filtered by model, by id and by several of each', async (t) => {
    t.same((await ranks({ filter: { type: type.id } })).length, COUNT);
    const both = await ranks({ filter: { ids: `${ids[1]},${ids[3]}` } });
    t.same(both.toSorted(), [1, 3]);
  });
  await check('records are filtered by the values of their fields', async (t) => {
    t.same(await having({ rank: { gt: 9 } }), [10, 11]);
    t.same(await having({ rank: { gte: 3, lt: 5 } }), [3, 4]);
    t.same(await having({ title: { eq: 'Post 5' } }), [5]);
    t.same(await having({ title: { in: ['Post 1', 'Post 2'] } }), [1, 2]);
    t.same(
      await having({ title: { matches: { pattern: 'post 1', case_sensitive: false } } }),
      [1, 10, 11],
    );
    t.same(await having({ live: { eq: false }, rank: { lt: 4 } }), [1, 3]);
    t.same(await having({ day: { gte: '2026-01-11' } }), [10, 11]);
    t.same(await having({ id: { eq: ids[7] } }), [7]);
    t.same((await having({ rank: { exists: true } })).length, COUNT);
  });
  await knowing({ check, client, having, ids });
  await paging({ check, client, ranks, having, made, ids });
}

async function knowing({ check, client, having, ids }) {
  await check('records are filtered by what the system knows about them', async (t) => {
    await client.items.publish(ids[0]);
    t.same(await having({ _status: { eq: 'published' } }), [0]);
    t.same((await having({ _status: { neq: 'published' } })).length, COUNT - 1);
    t.same((await having({ _created_at: { gt: '2001-01-01T00:00:00Z' } })).length, COUNT);
    t.same(await having({ _created_at: { lt: '2001-01-01T00:00:00Z' } }), []);
    t.same((await having({ _is_valid: { eq: true } })).length, COUNT);
  });
}

async function paging({ check, client, ranks, having, made, ids }) {
  await check('records are ordered by fields and by dates', async (t) => {
    t.same((await ranks({ filter: { type: 'post' }, order_by: 'rank_DESC' }))[0], 11);
    t.same((await ranks({ filter: { type: 'post' }, order_by: '_created_at_ASC' }))[0], 0);
    const twice = await ranks({ filter: { type: 'post' }, order_by: 'live_DESC,rank_ASC' });
    t.same(twice, [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
  });
  await check('pages tell the total', async (t) => {
    const page = { offset: 10, limit: 5 };
    const { data, meta } = await client.items.rawList({ version: 'current', page });
    t.same([data.length, meta.total_count], [2, COUNT]);
    const none = await client.items.rawList({ version: 'current', page: { limit: 0 } });
    t.same([none.data, none.meta.total_count], [[], COUNT]);
  });
  await check('iterators walk all pages, in parallel too', async (t) => {
    const query = { filter: { type: 'post' }, version: 'current', order_by: 'rank_ASC' };
    for (const concurrency of [1, 10]) {
      const iterator = client.items.listPagedIterator(query, { perPage: 5, concurrency });
      t.same(
        (await collect(iterator)).map(({ rank }) => rank),
        [...made.keys()],
      );
    }
    const raw = await collect(client.items.rawListPagedIterator(query, { perPage: 5 }));
    t.same(raw.at(-1).attributes.rank, 11);
  });
  await check('the two versions of an updated record are listed apart', async (t) => {
    await client.items.update(ids[0], { rank: 100 });
    t.same(await having({ _status: { eq: 'updated' } }, { version: 'published' }), [0]);
    t.same(await having({ _status: { eq: 'updated' } }, { version: 'current' }), [100]);
    t.same(await ranks({ filter: { type: 'post' }, version: 'published' }), [0]);
  });
  await check('too large a page is refused', async (t) => {
    await t.refused(client.items.list({ page: { limit: 501 } }), 'INVALID_PARAMS');
  });
}
