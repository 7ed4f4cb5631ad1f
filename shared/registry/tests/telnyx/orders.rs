//! What is submitted in these tests.

use registration::order::Order;
use registration::sequence::Step;
use registration::{Pin, Reference, RegistrationId, RegistryId, Round};
use registry::{Form, Subject, Submission};
use serde_json::{Value, json};

pub(crate) const NUMBER: &str = "+12065550100";
pub(crate) const NAME: &str = "Acme & Söhne";

pub(crate) fn document() -> Value {
    json!({
        "brand": {
            "entityType": "PUBLIC_PROFIT",
            "displayName": NAME,
            "companyName": "Acme Incorporated",
            "ein": "12-3456789",
            "phone": "+12065550199",
            "email": "office@example.com",
            "street": "1 Main Street",
            "city": "Seattle",
            "state": "WA",
            "postalCode": "98101",
            "country": "US",
            "vertical": "RETAIL",
            "website": "https://www.example.com",
            "stockSymbol": "ACME",
            "stockExchange": "NASDAQ",
            "businessContactEmail": "ir@example.com",
            "firstName": "Jane",
            "lastName": "Doe",
            "mobilePhone": "+12065550198",
            "brandRelationship": "BASIC_ACCOUNT",
            "altBusinessId": "123456789",
            "altBusinessIdType": "DUNS"
        },
        "campaign": {
            "usecase": "MIXED",
            "subUsecases": ["ACCOUNT_NOTIFICATION", "CUSTOMER_CARE"],
            "description": "Acme tells its customers about their orders and answers their questions.",
            "messageFlow": "Customers tick a box on https://www.example.com/order when they place an order.",
            "samples": ["Acme: your order 1234 has left our warehouse.", "Acme: your order 1234 has arrived. STOP to end."],
            "subscriberHelp": true,
            "subscriberOptin": true,
            "subscriberOptout": true,
            "helpMessage": "Acme: call +12065550199 for help.",
            "optinMessage": "Acme: you will get texts about your orders.",
            "optoutMessage": "Acme: you will get no more texts.",
            "helpKeywords": "HELP,INFO",
            "optinKeywords": "START",
            "optoutKeywords": "STOP,END",
            "embeddedLink": true,
            "embeddedLinkSample": "https://www.example.com/order/1234",
            "embeddedPhone": false,
            "numberPool": false,
            "ageGated": false,
            "directLending": false,
            "privacyPolicyLink": "https://www.example.com/privacy",
            "termsAndConditionsLink": "https://www.example.com/terms",
            "termsAndConditions": true,
            "autoRenewal": true
        },
        "numbers": [NUMBER]
    })
}

pub(crate) fn order() -> Order {
    Order::read(&document()).unwrap()
}

pub(crate) fn reference(step: Step) -> Reference {
    Reference::of(&RegistrationId::new(1, 1), step, Round::FIRST)
}

fn submission(step: Step, subject: Subject) -> Submission {
    let webhook_url = Some("https://hooks.example.com/v1/webhooks/telnyx/reg_1".to_owned());
    Submission {
        reference: reference(step),
        webhook_url,
        subject,
        form: Form::New,
    }
}

/// The same with corrected data, for what the registry has under this id.
pub(crate) fn amended(id: &RegistryId, submission: Submission) -> Submission {
    let form = Form::Amended {
        id: id.clone(),
        appeal: None,
    };
    Submission { form, ..submission }
}

/// The same once more, with a reason.
pub(crate) fn appealed(id: &RegistryId, reason: &str, submission: Submission) -> Submission {
    let form = Form::Amended {
        id: id.clone(),
        appeal: Some(reason.to_owned()),
    };
    Submission { form, ..submission }
}

/// The same, taken back.
pub(crate) fn withdrawn(id: &RegistryId, submission: Submission) -> Submission {
    let form = Form::Withdrawn { id: id.clone() };
    Submission { form, ..submission }
}

pub(crate) fn brand() -> Submission {
    submission(
        Step::Brand,
        Subject::Brand(Box::new(order().brand.new_part().cloned().unwrap())),
    )
}

pub(crate) fn campaign() -> Submission {
    campaign_of("b-1")
}

pub(crate) fn campaign_of(brand: &str) -> Submission {
    let campaign = Box::new(order().campaign.new_part().cloned().unwrap());
    submission(
        Step::Campaign,
        Subject::Campaign {
            brand: RegistryId::new(brand),
            campaign,
        },
    )
}

pub(crate) fn number() -> Submission {
    number_of("c-1")
}

pub(crate) fn number_of(campaign: &str) -> Submission {
    let number = order().numbers.as_slice()[0].clone();
    submission(
        Step::Number,
        Subject::Number {
            campaign: RegistryId::new(campaign),
            number,
        },
    )
}

pub(crate) fn vetting(fields: Value) -> Submission {
    let mut document = document();
    document["vetting"] = fields;
    let vetting = Box::new(Order::read(&document).unwrap().vetting.unwrap());
    let brand = RegistryId::new("b-1");
    submission(Step::Brand, Subject::Vetting { brand, vetting })
}

pub(crate) fn ordered_vetting() -> Submission {
    vetting(json!({"evpId": "EVP", "vettingClass": "CLASS"}))
}

pub(crate) fn imported_vetting() -> Submission {
    vetting(json!({"evpId": "EVP", "vettingId": "v-7", "vettingToken": "secret-token"}))
}

pub(crate) fn otp(brand: &str) -> Submission {
    let brand = RegistryId::new(brand);
    submission(Step::Brand, Subject::Otp { brand })
}

/// Another e-mail about this brand; with a corrected address where one is given.
pub(crate) fn confirmation(brand: &str, address: Option<&str>) -> Submission {
    let corrected = address.map(|address| {
        let mut document = document();
        document["brand"]["businessContactEmail"] = address.into();
        let order = Order::read(&document).unwrap();
        Box::new(order.brand.new_part().unwrap().clone())
    });
    let brand = RegistryId::new(brand);
    submission(
        Step::Confirmation,
        Subject::Confirmation { brand, corrected },
    )
}

pub(crate) fn pin(brand: &str, pin: &str) -> Submission {
    let (brand, pin) = (RegistryId::new(brand), Pin::parse(pin).unwrap());
    submission(Step::Brand, Subject::Pin { brand, pin })
}
