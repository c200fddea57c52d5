/** Checks that must fail, each in another way, beside one that must not. */

/** Run a right check and four wrong ones. */
export async function wrong({ check, client }) {
  await check('a right check', async (t) => {
    t.holds(await client.site.find(), { name: 'Project wrong' });
  });
  await check('a false statement', async (t) => {
    t.holds(await client.site.find(), { name: 'Another name' });
  });
  await check('an unexpected refusal', async (t) => {
    t.ok(await client.items.find('Yz3uN1qOQ1mE0yqZl2m5vg'));
  });
  await check('a refusal of another code', async (t) => {
    await t.refused(client.items.find('Yz3uN1qOQ1mE0yqZl2m5vg'), 'STALE_ITEM_VERSION');
  });
  await check('a refusal that does not come', async (t) => {
    await t.refused(client.site.find(), 'NOT_FOUND');
  });
  await check('a check that asserts nothing', async () => {
    await client.site.find();
  });
  throw new Error('the suite stops here');
}
