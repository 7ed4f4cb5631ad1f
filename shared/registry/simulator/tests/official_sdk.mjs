// Calls the simulator with Telnyx's official SDK for Node; fails on the first surprise.
//
// Arguments: base URL.

import assert from 'node:assert/strict';
import Telnyx from 'telnyx';

const [baseURL] = process.argv.slice(2);
const options = { apiKey: 'KEY-simulator', baseURL, maxRetries: 0, timeout: 20_000 };
const client = new Telnyx(options);
const dlc = client.messaging10dlc;

/** The first entry of the envelope of an error of this status. */
async function expect(status, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof Telnyx.APIError, `${error}`);
    assert.equal(error.status, status);
    return (error.error.errors ?? error.error)[0];
  }
  throw new Error(`${status} was expected`);
}

async function all(page) {
  const records = [];
  for await (const record of page) records.push(record);
  return records;
}

function brandOf(ein, more = {}) {
  return {
    country: 'US',
    displayName: `Shop ${ein}`,
    companyName: `Shop ${ein} Inc.`,
    ein,
    email: 'owner@shop.example',
    phone: '+12125550100',
    entityType: 'PRIVATE_PROFIT',
    vertical: 'RETAIL',
    ...more,
  };
}

async function brands() {
  const made = await dlc.brand.create(brandOf('123456789'));
  assert.deepEqual([made.status, made.identityStatus], ['OK', 'VERIFIED']);
  const read = await dlc.brand.retrieve(made.brandId);
  assert.deepEqual([read.ein, read.assignedCampaignsCount], ['123456789', 0]);
  const website = 'https://shop.example';
  const updated = await dlc.brand.update(made.brandId, brandOf('123456789', { website }));
  assert.equal(updated.website, website);
  const listed = await all(dlc.brand.list({ displayName: 'Shop 123456789' }));
  assert.deepEqual(listed.map((one) => one.brandId), [made.brandId]);
  assert.equal((await dlc.brand.revet(made.brandId)).identityStatus, 'VERIFIED');
  const wrong = await dlc.brand.create(brandOf('001239001'));
  assert.equal((await dlc.brand.getFeedback(wrong.brandId)).category[0].id, 'TAX_ID');
  const taken = await expect(400, () => dlc.brand.create(brandOf('123456789')));
  assert.deepEqual([taken.code, taken.source.pointer], ['90001', '/ein']);
  await expect(404, () => dlc.brand.retrieve('nothing'));
  const stranger = new Telnyx({ ...options, apiKey: 'KEY-of-somebody-else' });
  await expect(401, () => stranger.messaging10dlc.brand.retrieve('x'));
  return made.brandId;
}

async function confirmations() {
  const company = brandOf('001239016', {
    entityType: 'PUBLIC_PROFIT',
    stockSymbol: 'SHOP',
    stockExchange: 'NASDAQ',
    businessContactEmail: 'legal@shop.example',
  });
  const made = await dlc.brand.create(company);
  assert.deepEqual([made.status, made.identityStatus], ['OK', 'UNVERIFIED']);
  const corrected = { ...company, businessContactEmail: 'ir@shop.example' };
  await dlc.brand.update(made.brandId, corrected);
  await dlc.brand.resend2faEmail(made.brandId);
  assert.equal((await dlc.brand.retrieve(made.brandId)).identityStatus, 'VERIFIED');
  const again = await expect(400, () => dlc.brand.resend2faEmail(made.brandId));
  assert.equal(again.code, '90019');
  const mails = await fetch(`${baseURL.replace(/\/v2$/, '')}/simulator/mail/${made.brandId}`);
  assert.deepEqual((await mails.json()).to, ['legal@shop.example', 'ir@shop.example']);
}

async function pins() {
  const made = await dlc.brand.create({
    country: 'US',
    displayName: "Rosa's Gardens",
    email: 'rosa@gardens.example',
    entityType: 'SOLE_PROPRIETOR',
    firstName: 'Rosa',
    lastName: 'Garden',
    mobilePhone: '+12125550101',
    phone: '+12125550100',
    vertical: 'PROFESSIONAL',
  });
  const texts = { pinSms: 'Your PIN is @OTP_PIN@.', successSms: 'Thank you.' };
  const sent = await dlc.brand.triggerSMSOtp(made.brandId, texts);
  const status = await dlc.brand.getSMSOtpByReference(sent.referenceId);
  assert.deepEqual([status.brandId, status.deliveryStatus], [made.brandId, 'DELIVERED_HANDSET']);
  const phone = await fetch(`${baseURL.replace(/\/v2$/, '')}/simulator/otp/${made.brandId}`);
  const { pin } = await phone.json();
  await dlc.brand.verifySMSOtp(made.brandId, { otpPin: pin });
  assert.ok((await dlc.brand.retrieveSMSOtpStatus(made.brandId)).verifyDate);
}

async function campaigns(brandId) {
  const usecase = 'CUSTOMER_CARE';
  const qualified = await dlc.campaignBuilder.brand.qualifyByUsecase(usecase, { brandId });
  assert.equal(qualified.usecase, usecase);
  const made = await dlc.campaignBuilder.submit({
    brandId,
    usecase,
    referenceId: 'order-43',
    description: 'Answers to questions that customers ask us about their orders.',
    messageFlow: 'Customers tick a box on the checkout page that names our messages.',
    sample1: 'Your order is on its way. Reply STOP to end.',
  });
  assert.deepEqual([made.status, made.campaignStatus], ['ACTIVE', 'MNO_PROVISIONED']);
  const listed = await all(dlc.campaign.list({ brandId }));
  assert.deepEqual(listed.map((one) => one.campaignId), [made.campaignId]);
  return made.campaignId;
}

async function numbers(campaignId) {
  const phoneNumber = '+12125550100';
  const calls = dlc.phoneNumberCampaigns;
  const made = await calls.create({ campaignId, phoneNumber });
  assert.equal(made.assignmentStatus, 'ASSIGNED');
  assert.equal((await calls.retrieve(phoneNumber)).campaignId, campaignId);
  await calls.delete(phoneNumber);
  await expect(404, () => calls.retrieve(phoneNumber));
}

const brandId = await brands();
await confirmations();
await pins();
await numbers(await campaigns(brandId));
console.log('telnyx for Node: brands, confirmations, PINs, campaigns, numbers, errors');
