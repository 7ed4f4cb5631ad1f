"""Calls the simulator with Telnyx's official SDK; fails on the first surprise.

Arguments: base URL, public key.
"""

import json
import queue
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import telnyx
from telnyx import Telnyx

base_url, public_key = sys.argv[1:]
client = Telnyx(
    api_key="KEY-simulator", base_url=base_url, public_key=public_key, max_retries=0, timeout=20
)
dlc = client.messaging_10dlc


class Receiver(BaseHTTPRequestHandler):
    received: "queue.Queue[tuple[str, dict[str, str]]]" = queue.Queue()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.received.put((body, dict(self.headers)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


def expect(error_type, call):
    """The SDK's typed error; its first entry of the envelope."""
    try:
        call()
    except error_type as error:
        return error.body["errors"][0]
    raise AssertionError(f"{error_type.__name__} was expected")


def strictly(answer):
    """The answer, once every field is one the SDK declares, of the type it declares."""
    model, sent = type(answer), json.loads(answer.to_json())
    model.model_validate_json(answer.to_json(), strict=True)
    declared = {field.alias or name for name, field in model.model_fields.items()}
    assert sent.keys() <= declared, f"{model.__name__} has no {sent.keys() - declared}"
    return answer


def brand_of(ein, **more):
    return dict(
        country="US",
        display_name=f"Shop {ein}",
        company_name=f"Shop {ein} Inc.",
        ein=ein,
        email="owner@shop.example",
        phone="+12125550100",
        entity_type="PRIVATE_PROFIT",
        vertical="RETAIL",
        **more,
    )


def campaign_of(brand_id, **more):
    fields = dict(
        brand_id=brand_id,
        usecase="CUSTOMER_CARE",
        description="Answers to questions that customers ask us about their orders.",
        message_flow="Customers tick a box on the checkout page that names our messages.",
        sample1="Your order is on its way. Reply STOP to end.",
    )
    return fields | more


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
hook = f"http://127.0.0.1:{server.server_port}/hook"


def brands():
    made = strictly(dlc.brand.create(**brand_of("123456789", webhook_url=hook)))
    assert (made.status, made.identity_status) == ("OK", "VERIFIED")
    read = strictly(dlc.brand.retrieve(made.brand_id))
    assert (read.ein, read.assigned_campaigns_count) == ("123456789", 0)
    changed = brand_of("123456789", website="https://shop.example")
    updated = strictly(dlc.brand.update(made.brand_id, **changed))
    assert (updated.website, updated.webhook_url) == ("https://shop.example", hook)
    for ein in ("123456781", "123456782"):
        dlc.brand.create(**brand_of(ein))
    listed = [strictly(one).brand_id for one in dlc.brand.list(records_per_page=1)]
    assert len(listed) == 3 and listed[-1] == made.brand_id, listed
    found = dlc.brand.list(display_name="Shop 123456789")
    assert [one.brand_id for one in found] == [made.brand_id]
    assert strictly(dlc.brand.revet(made.brand_id)).identity_status == "VERIFIED"
    assert strictly(dlc.brand.get_feedback(made.brand_id)).category == []
    assert dlc.brand.delete(listed[0]) is None
    wrong = strictly(dlc.brand.create(**brand_of("001239001")))
    assert strictly(dlc.brand.get_feedback(wrong.brand_id)).category[0].id == "TAX_ID"
    return made.brand_id


def refusals():
    error = expect(telnyx.BadRequestError, lambda: dlc.brand.create(**brand_of("123456789")))
    assert (error["code"], error["source"]["pointer"]) == ("90001", "/ein")
    invalid = brand_of("001239422")
    error = expect(telnyx.UnprocessableEntityError, lambda: dlc.brand.create(**invalid))
    assert error["source"]["pointer"] == "/ein"
    expect(telnyx.NotFoundError, lambda: dlc.campaign.retrieve("nothing"))
    broken = brand_of("001239500")
    expect(telnyx.InternalServerError, lambda: dlc.brand.create(**broken))
    stranger = client.with_options(api_key="KEY-of-somebody-else").messaging_10dlc
    expect(telnyx.AuthenticationError, lambda: stranger.brand.retrieve("x"))
    try:
        dlc.brand.create(**brand_of("001239502"))
    except telnyx.APIConnectionError:
        pass
    else:
        raise AssertionError("an answer came")
    assert [one.identity_status for one in dlc.brand.list(display_name="Shop 001239502")] == ["VERIFIED"]


def vettings(brand_id):
    calls = dlc.brand.external_vetting
    ordered = strictly(calls.order(brand_id, evp_id="EVP", vetting_class="CLASS"))
    assert ordered.vetting_id and ordered.vetted_date and 1 <= ordered.vetting_score <= 100
    again = dict(evp_id="EVP", vetting_class="CLASS")
    error = expect(telnyx.BadRequestError, lambda: calls.order(brand_id, **again))
    assert error["code"] == "10012"
    imported = dict(evp_id="OTHER", vetting_id="v-7", vetting_token="t")
    assert strictly(calls.imports(brand_id, **imported)).vetting_id == "v-7"
    listed = [strictly(one).vetting_id for one in calls.list(brand_id)]
    assert listed == [ordered.vetting_id, "v-7"]
    assert dlc.brand.retrieve(brand_id).identity_status == "VETTED_VERIFIED"


def pins():
    made = strictly(
        dlc.brand.create(
            country="US",
            display_name="Rosa's Gardens",
            email="rosa@gardens.example",
            entity_type="SOLE_PROPRIETOR",
            first_name="Rosa",
            last_name="Garden",
            mobile_phone="+12125550101",
            phone="+12125550100",
            vertical="PROFESSIONAL",
        )
    )
    assert (made.status, made.identity_status) == ("OK", "UNVERIFIED")
    id = made.brand_id
    texts = dict(pin_sms="Your PIN is @OTP_PIN@.", success_sms="Thank you.")
    sent = strictly(dlc.brand.trigger_sms_otp(id, **texts))
    status = strictly(dlc.brand.get_sms_otp_by_reference(sent.reference_id))
    assert (status.brand_id, status.delivery_status) == (id, "DELIVERED_HANDSET")
    error = expect(telnyx.BadRequestError, lambda: dlc.brand.verify_sms_otp(id, otp_pin="x"))
    assert error["source"]["pointer"] == "/otpPin"
    phone = f"{base_url.removesuffix('/v2')}/simulator/otp/{id}"
    pin = json.load(urllib.request.urlopen(phone, timeout=20))["pin"]
    assert dlc.brand.verify_sms_otp(id, otp_pin=pin) is None
    assert strictly(dlc.brand.retrieve_sms_otp_status(id)).verify_date
    assert dlc.brand.retrieve(id).identity_status == "VERIFIED"


def confirmations():
    company = brand_of("001239016") | dict(
        entity_type="PUBLIC_PROFIT",
        stock_symbol="SHOP",
        stock_exchange="NASDAQ",
        business_contact_email="legal@shop.example",
    )
    made = strictly(dlc.brand.create(**company))
    assert (made.status, made.identity_status) == ("OK", "UNVERIFIED")
    corrected = company | dict(business_contact_email="ir@shop.example")
    strictly(dlc.brand.update(made.brand_id, **corrected))
    assert dlc.brand.resend_2fa_email(made.brand_id) is None
    assert dlc.brand.retrieve(made.brand_id).identity_status == "VERIFIED"
    again = lambda: dlc.brand.resend_2fa_email(made.brand_id)
    assert expect(telnyx.BadRequestError, again)["code"] == "90019"
    mails = f"{base_url.removesuffix('/v2')}/simulator/mail/{made.brand_id}"
    sent = json.load(urllib.request.urlopen(mails, timeout=20))["to"]
    assert sent == ["legal@shop.example", "ir@shop.example"], sent


def campaigns(brand_id):
    qualified = strictly(
        dlc.campaign_builder.brand.qualify_by_usecase("CUSTOMER_CARE", brand_id=brand_id)
    )
    assert qualified.usecase == "CUSTOMER_CARE"
    sent = campaign_of(brand_id, reference_id="order-42", webhook_url=hook)
    made = strictly(dlc.campaign_builder.submit(**sent))
    assert (made.status, made.campaign_status) == ("ACTIVE", "MNO_PROVISIONED")
    assert strictly(dlc.campaign.retrieve(made.campaign_id)).reference_id == "order-42"
    edited = strictly(dlc.campaign.update(made.campaign_id, sample2="Your order has arrived at the shop."))
    assert edited.sample2 == "Your order has arrived at the shop."
    listed = [strictly(one) for one in dlc.campaign.list(brand_id=brand_id)]
    assert [one.campaign_id for one in listed] == [made.campaign_id]
    assert dlc.campaign.get_operation_status(made.campaign_id)["10017"] == "REGISTERED"
    carriers = json.loads(dlc.campaign.get_mno_metadata(made.campaign_id).to_json())
    assert carriers["10035"]["qualify"] is True
    rejected = campaign_of(brand_id, sample1="An order comes. REJECT-MNO")
    rejected = strictly(dlc.campaign_builder.submit(**rejected))
    assert rejected.campaign_status == "MNO_REJECTED" and rejected.failure_reasons
    appealed = strictly(dlc.campaign.submit_appeal(rejected.campaign_id, appeal_reason="It is mended."))
    assert appealed.appealed_at
    assert dlc.campaign.retrieve(rejected.campaign_id).campaign_status == "MNO_PROVISIONED"
    strictly(dlc.campaign.deactivate(rejected.campaign_id))
    assert dlc.campaign.retrieve(rejected.campaign_id).status == "EXPIRED"
    return made.campaign_id


def numbers(brand_id, campaign_id):
    calls = dlc.phone_number_campaigns
    made = strictly(calls.create(campaign_id=campaign_id, phone_number="+12125550100"))
    assert (made.assignment_status, made.brand_id) == ("ASSIGNED", brand_id)
    assert strictly(calls.retrieve("+12125550100")).campaign_id == campaign_id
    error = expect(
        telnyx.BadRequestError,
        lambda: calls.create(campaign_id=campaign_id, phone_number="+12125550100"),
    )
    assert error["code"] == "90003"
    strictly(calls.update("+12125550100", campaign_id=campaign_id, phone_number="+12125550100"))
    failed = calls.create(campaign_id=campaign_id, phone_number="+12125559001")
    assert failed.assignment_status == "FAILED_ASSIGNMENT" and failed.failure_reasons
    listed = calls.list(filter={"telnyx_campaign_id": campaign_id}, records_per_page=1)
    assert [strictly(one).phone_number for one in listed] == ["+12125559001", "+12125550100"]
    assert [*calls.list(filter={"telnyx_brand_id": "none"})] == []
    strictly(calls.delete("+12125559001"))
    expect(telnyx.NotFoundError, lambda: calls.retrieve("+12125559001"))


def webhooks():
    wanted = {"10dlc.brand.update", "10dlc.campaign.update", "10dlc.phone_number.update"}
    seen = set()
    while seen != wanted:
        body, headers = Receiver.received.get(timeout=20)
        client.webhooks.unwrap(body, headers=headers)
        seen.add(json.loads(body)["data"]["event_type"])
    for tampered in (body.replace("data", "Data", 1), body + " "):
        try:
            client.webhooks.unwrap(tampered, headers=headers)
        except ValueError:
            continue
        raise AssertionError("a tampered webhook was accepted")


def lists():
    usecases = dlc.get_enum("usecase")
    assert "LOW_VOLUME" in usecases and len(usecases) == 25
    assert "RETAIL" in dlc.get_enum("vertical")
    cost = strictly(dlc.campaign.usecase.get_cost(usecase="LOW_VOLUME"))
    assert (cost.up_front_cost, cost.monthly_cost) == ("15.00", "1.50")


lists()
brand_id = brands()
refusals()
vettings(brand_id)
pins()
confirmations()
campaign_id = campaigns(brand_id)
numbers(brand_id, campaign_id)
webhooks()
print(f"telnyx {telnyx.__version__}: brands, vettings, PINs, confirmations, campaigns, numbers, errors, webhooks")
