//! The client against a registry that was written from the same public types
//! by other hands.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use registration::order::Order;
use registration::{Failure, Verdict};
use registry::pace::Unlimited;
use registry::telnyx::{ApiKey, Settings, Telnyx};
use registry::{Kind, Pace, Reading, Registry as _, RegistryError, Subject, Submission, Webhook};
use registry_simulator::{Answer, Calls, Delivery, Fault, Limit, Simulator, Webhooks};
use serde_json::Value;

use crate::orders::{self, NUMBER, amended, campaign_of, number_of, withdrawn};
use crate::server::{serve, text};

const KEY: &str = "KEY-simulator";

pub(crate) async fn simulator(settings: registry_simulator::Settings) -> Simulator {
    Simulator::start(settings, ([127, 0, 0, 1], 0).into())
        .await
        .unwrap()
}

pub(crate) fn client_at_pace(simulator: &Simulator, pace: Arc<dyn Pace>) -> Telnyx {
    let settings = settings(simulator, "KEY-simulator", Duration::from_secs(60));
    Telnyx::new(settings, pace).unwrap()
}

pub(crate) fn client(simulator: &Simulator, key: &str, timeout: Duration) -> Telnyx {
    Telnyx::new(settings(simulator, key, timeout), Arc::new(Unlimited)).unwrap()
}

fn settings(simulator: &Simulator, key: &str, timeout: Duration) -> Settings {
    Settings {
        base_url: simulator.base_url().parse().unwrap(),
        api_key: ApiKey::new(key),
        webhook_public_key: simulator.public_key(),
        connect_timeout: timeout,
        call_timeout: timeout,
        campaigns_editable: true,
    }
}

async fn both() -> (Simulator, Telnyx) {
    let simulator = simulator(registry_simulator::Settings::default()).await;
    let telnyx = client(&simulator, KEY, Duration::from_secs(60));
    (simulator, telnyx)
}

pub(crate) async fn submit(
    telnyx: &Telnyx,
    submission: &Submission,
) -> Result<Reading, RegistryError> {
    telnyx.submit(&telnyx.request(submission)).await
}

pub(crate) fn order(change: impl FnOnce(&mut Value)) -> Order {
    let mut document = orders::document();
    change(&mut document);
    Order::read(&document).unwrap()
}

pub(crate) fn brand(change: impl FnOnce(&mut Value)) -> Submission {
    let brand = order(|document| change(&mut document["brand"]))
        .brand
        .new_part()
        .cloned()
        .unwrap();
    Submission {
        subject: Subject::Brand(Box::new(brand)),
        ..orders::brand()
    }
}

pub(crate) fn verdict(reading: &Reading) -> Option<&'static str> {
    reading.verdict.as_ref().map(Verdict::name)
}

#[tokio::test]
async fn brand_campaign_and_number_are_carried_to_approval() {
    let (simulator, telnyx) = both().await;
    let mut id = None;
    for step in [|_: &str| orders::brand(), campaign_of, number_of] {
        let submission = step(
            id.as_ref()
                .map(registration::RegistryId::as_str)
                .unwrap_or_default(),
        );
        assert_eq!(
            telnyx.find(&submission).await.unwrap(),
            None,
            "not there yet"
        );
        let submitted = submit(&telnyx, &submission).await.unwrap();
        let kind = submission.subject.kind();
        let stands = telnyx.status(kind, &submitted.id).await.unwrap();
        assert_eq!(verdict(&stands), Some("approved"), "{kind:?}");
        let found = telnyx.find(&submission).await.unwrap().unwrap();
        assert_eq!(found.id, submitted.id);
        assert_eq!(verdict(&found), Some("approved"));
        id = Some(submitted.id);
    }
    assert_eq!(id.unwrap().as_str(), NUMBER);
    let submissions = simulator.submissions();
    for counts in [
        submissions.brands,
        submissions.campaigns,
        submissions.numbers,
    ] {
        assert_eq!(counts.into_values().collect::<Vec<_>>(), [1]);
    }
}

#[tokio::test]
async fn a_submission_whose_answer_was_lost_is_found_and_one_that_was_lost_is_not() {
    let simulator = simulator(registry_simulator::Settings::default()).await;
    let telnyx = client(&simulator, KEY, Duration::from_secs(60));
    let impatient = client(&simulator, KEY, Duration::from_millis(300));
    for answer in [Answer::Close, Answer::Nonsense, Answer::Error, Answer::Hang] {
        let mut id: Option<String> = None;
        let ein = format!("12345678{}", answer as u8);
        let phone = format!("+1206555010{}", answer as u8);
        for kind in [Kind::Brand, Kind::Campaign, Kind::Number] {
            let submission = match (kind, &id) {
                (Kind::Campaign, Some(brand)) => campaign_of(brand),
                (Kind::Number, Some(campaign)) => {
                    let number = order(|all| all["numbers"][0] = phone.clone().into()).numbers;
                    let number = number.as_slice()[0].clone();
                    let campaign = registration::RegistryId::new(campaign);
                    Submission {
                        subject: Subject::Number { campaign, number },
                        ..orders::number()
                    }
                }
                _ => brand(|brand| brand["ein"] = ein.clone().into()),
            };
            let client = if answer == Answer::Hang {
                &impatient
            } else {
                &telnyx
            };
            for carried_out in [false, true] {
                simulator.fail_next(
                    1,
                    Fault {
                        answer,
                        carried_out,
                        calls: Calls::Writes,
                    },
                );
                let error = submit(client, &submission).await.unwrap_err();
                assert_eq!(
                    error.failure(),
                    Some(Failure::InDoubt),
                    "{answer:?} {error}"
                );
                let found = telnyx.find(&submission).await.unwrap();
                assert_eq!(found.is_some(), carried_out, "{answer:?} {kind:?}");
                id = found.map(|found| found.id.as_str().to_owned());
            }
        }
    }
}

#[tokio::test]
async fn a_lookup_that_fails_leaves_the_doubt() {
    let (simulator, telnyx) = both().await;
    submit(&telnyx, &orders::brand()).await.unwrap();
    for answer in [Answer::Close, Answer::Nonsense, Answer::Error] {
        simulator.fail_next(
            1,
            Fault {
                answer,
                carried_out: true,
                calls: Calls::Reads,
            },
        );
        let error = telnyx.find(&orders::brand()).await.unwrap_err();
        assert_eq!(
            error.failure(),
            Some(Failure::InDoubt),
            "{answer:?} {error}"
        );
    }
}

#[tokio::test]
async fn a_wrong_legal_name_is_rejected_and_its_correction_approved() {
    let (_simulator, telnyx) = both().await;
    let wrong = brand(|brand| brand["ein"] = "00-1239001".into());
    let submitted = submit(&telnyx, &wrong).await.unwrap();
    let stands = telnyx.status(Kind::Brand, &submitted.id).await.unwrap();
    assert_eq!(verdict(&stands), Some("rejected"));
    let reason = &stands.verdict.unwrap().reasons()[0].clone();
    assert_eq!(reason.code, "TAX_ID");
    assert_eq!(reason.fields, ["/brand/ein", "/brand/companyName"]);

    let right = brand(|brand| {
        brand["ein"] = "00-1239001".into();
        brand["companyName"] = "Acme LLC".into();
    });
    let corrected = submit(&telnyx, &amended(&submitted.id, right))
        .await
        .unwrap();
    assert_eq!(corrected.id, submitted.id);
    let stands = telnyx.status(Kind::Brand, &submitted.id).await.unwrap();
    assert_eq!(verdict(&stands), Some("approved"));
}

#[tokio::test]
async fn a_brand_that_stays_unverified_is_vetted_again_when_it_is_amended() {
    let (simulator, telnyx) = both().await;
    let submitted = submit(&telnyx, &brand(|brand| brand["ein"] = "00-1239002".into()))
        .await
        .unwrap();
    let corrected = brand(|brand| {
        brand["ein"] = "00-1239002".into();
        brand["stockSymbol"] = "ACMY".into();
    });
    submit(&telnyx, &amended(&submitted.id, corrected))
        .await
        .unwrap();
    let last = simulator.calls().pop().unwrap();
    assert!(format!("{last:?}").contains("/revet"), "{last:?}");
}

#[tokio::test]
async fn a_rejected_campaign_is_amended_where_it_can_be() {
    let (_simulator, telnyx) = both().await;
    let brand = submit(&telnyx, &orders::brand()).await.unwrap();
    let with = |flow: &str, description: &str| {
        let campaign = order(|all| {
            all["campaign"]["messageFlow"] = flow.into();
            all["campaign"]["description"] = description.into();
        });
        let subject = Subject::Campaign {
            brand: brand.id.clone(),
            campaign: Box::new(campaign.campaign.new_part().cloned().unwrap()),
        };
        Submission {
            subject,
            ..orders::campaign()
        }
    };
    let flow = "Customers tick a box on https://www.example.com/order when they place an order.";
    let description = "Acme tells its customers about their orders and answers their questions.";
    let bad = with(&format!("{flow} REJECT-TELNYX"), description);
    let submitted = submit(&telnyx, &bad).await.unwrap();
    assert_eq!(verdict(&submitted), Some("rejected"));
    assert_eq!(submitted.status, "TELNYX_FAILED");

    let other = with(
        flow,
        "Acme tells its customers about offers and answers their questions.",
    );
    let error = submit(&telnyx, &amended(&submitted.id, other))
        .await
        .unwrap_err();
    match error {
        RegistryError::Terminal { reasons, .. } => {
            assert_eq!(reasons[0].fields, ["/campaign/description"]);
            assert_eq!(reasons.len(), 1, "{reasons:?}");
        }
        other => panic!("{other:?}"),
    }
    let corrected = submit(&telnyx, &amended(&submitted.id, with(flow, description)))
        .await
        .unwrap();
    assert_eq!(
        (corrected.id, corrected.verdict),
        (submitted.id, Some(Verdict::Approved))
    );
}

#[tokio::test]
async fn a_refusal_points_into_the_order() {
    let (_simulator, telnyx) = both().await;
    let error = submit(&telnyx, &brand(|brand| brand["ein"] = "00-1239422".into()))
        .await
        .unwrap_err();
    match error {
        RegistryError::Terminal { reasons, .. } => assert_eq!(reasons[0].fields, ["/brand/ein"]),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_was_taken_back_can_be_taken_back_again() {
    let (_simulator, telnyx) = both().await;
    let brand = submit(&telnyx, &orders::brand()).await.unwrap();
    let campaign = submit(&telnyx, &campaign_of(brand.id.as_str()))
        .await
        .unwrap();
    let number = submit(&telnyx, &number_of(campaign.id.as_str()))
        .await
        .unwrap();
    for taken_back in [
        withdrawn(&number.id, number_of(campaign.id.as_str())),
        withdrawn(&campaign.id, campaign_of(brand.id.as_str())),
    ] {
        assert_eq!(telnyx.find(&taken_back).await.unwrap(), None, "still there");
        for _ in 0..2 {
            let reading = submit(&telnyx, &taken_back).await.unwrap();
            assert_eq!(verdict(&reading), Some("approved"));
        }
        let found = telnyx.find(&taken_back).await.unwrap().unwrap();
        assert_eq!(verdict(&found), Some("approved"));
    }
    let error = submit(&telnyx, &withdrawn(&brand.id, orders::brand()))
        .await
        .unwrap_err();
    assert!(
        matches!(error, RegistryError::Terminal { .. }),
        "its campaign is too young: {error}"
    );
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_a_limit_says_when() {
    let settings = registry_simulator::Settings {
        calls_per_second: Some(Limit::Apart {
            writes: 1,
            reads: 0,
        }),
        ..registry_simulator::Settings::default()
    };
    let simulator = simulator(settings).await;
    let telnyx = client(&simulator, KEY, Duration::from_secs(60));
    match telnyx.find(&orders::brand()).await {
        Err(RegistryError::Throttled { after, .. }) => {
            assert_eq!(after, Some(Duration::from_secs(1)))
        }
        other => panic!("{other:?}"),
    }
    let stranger = client(&simulator, "KEY-other", Duration::from_secs(60));
    let error = submit(&stranger, &orders::brand()).await.unwrap_err();
    assert_eq!(error.failure(), Some(Failure::Refused), "{error}");
    assert!(error.to_string().contains("API key"), "{error}");
}

#[tokio::test]
async fn its_webhooks_are_believed_and_changed_ones_are_not() {
    let settings = registry_simulator::Settings {
        webhooks: Webhooks::On(Delivery::default()),
        ..registry_simulator::Settings::default()
    };
    let simulator = simulator(settings).await;
    let telnyx = client(&simulator, KEY, Duration::from_secs(60));
    let receiver = serve(|_| text(200, "", "")).await;
    let to_us = |submission: Submission| Submission {
        webhook_url: Some(format!("{}/hook", receiver.address)),
        ..submission
    };
    let brand = submit(&telnyx, &to_us(orders::brand())).await.unwrap();
    let campaign = submit(&telnyx, &to_us(campaign_of(brand.id.as_str())))
        .await
        .unwrap();
    submit(&telnyx, &to_us(number_of(campaign.id.as_str())))
        .await
        .unwrap();
    let number = order(|_| ()).numbers.as_slice()[0].clone();
    let mut awaited = vec![
        Webhook::Brand { id: Some(brand.id) },
        Webhook::Campaign {
            id: Some(campaign.id),
        },
        Webhook::Number { number },
    ];
    while !awaited.is_empty() {
        tokio::task::yield_now().await;
        for sent in receiver.received() {
            let header = |name: &str| Some(sent.header(name).to_owned());
            let now =
                Timestamp::from_second(sent.header("telnyx-timestamp").parse().unwrap()).unwrap();
            let read = telnyx.webhook(&header, &sent.bytes, now).unwrap();
            awaited.retain(|webhook| *webhook != read);
            let changed = [sent.bytes.as_slice(), b" "].concat();
            assert!(telnyx.webhook(&header, &changed, now).is_err());
        }
    }
}
