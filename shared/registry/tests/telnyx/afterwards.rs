//! What comes after the first submission, against the simulator: refused
//! corrections, carriers, suspensions, moves.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use registration::{Failure, Reference, RegistryId};
use registry::pace::{NoSlot, Slot, Unlimited};
use registry::{Kind, Pace, Registry as _, RegistryError, Standing, Subject, Traffic};
use registry_simulator::{Settings, Submissions, Verdict};

use crate::against_the_simulator::{brand, client, client_at_pace, simulator, submit, verdict};
use crate::lost_answers::{both, campaign, person, total, unscored, vetting_of};
use crate::orders::{self, NUMBER, amended, appealed, campaign_of, number_of, withdrawn};

#[tokio::test]
async fn a_scoring_that_is_refused_as_too_soon_is_what_stands() {
    let (simulator, telnyx) = both(Settings::default()).await;
    let first = submit(&telnyx, &unscored("Seattle")).await.unwrap();
    submit(&telnyx, &amended(&first.id, unscored("Tacoma")))
        .await
        .unwrap();
    let again = submit(&telnyx, &amended(&first.id, unscored("Olympia")))
        .await
        .unwrap();
    assert_eq!(total(simulator.submissions().revets), 1);
    let verdict = again.verdict.unwrap();
    let codes: Vec<_> = verdict.reasons().iter().map(|r| r.code.as_str()).collect();
    assert_eq!(codes, ["OTHERS", "90007"]);
}

#[tokio::test]
async fn an_appeal_that_comes_too_late_is_what_stands() {
    let (simulator, telnyx) = both(Settings::default()).await;
    let (id, was) = campaign(&telnyx, |_| ()).await;
    let reading = submit(&telnyx, &appealed(&id, "Look again.", was))
        .await
        .unwrap();
    assert_eq!(verdict(&reading), Some("approved"));
    assert!(simulator.submissions().appeals.is_empty());
}

#[tokio::test]
async fn a_vetting_ordered_a_second_time_is_the_first() {
    let (simulator, telnyx) = both(Settings::default()).await;
    let brand = submit(&telnyx, &orders::brand()).await.unwrap().id;
    let vetting = vetting_of(&brand, orders::ordered_vetting());
    let first = submit(&telnyx, &vetting).await.unwrap();
    assert_eq!(submit(&telnyx, &vetting).await.unwrap(), first);
    assert_eq!(total(simulator.submissions().vettings), 1);
    let stands = telnyx.status(Kind::Brand, &brand).await.unwrap();
    assert_eq!(stands.status, "OK VETTED_VERIFIED");
}

#[tokio::test]
async fn a_vetting_that_failed_is_rejected_and_can_be_ordered_again() {
    let (_simulator, telnyx) = both(Settings::default()).await;
    let sent = brand(|brand| brand["ein"] = "00-1239010".into());
    let brand = submit(&telnyx, &sent).await.unwrap().id;
    let vetting = vetting_of(&brand, orders::ordered_vetting());
    let first = submit(&telnyx, &vetting).await.unwrap();
    assert_eq!(verdict(&first), Some("rejected"));
    let second = submit(&telnyx, &vetting).await.unwrap();
    assert_ne!(second.id, first.id);
}

#[tokio::test]
async fn a_pin_that_has_expired_is_refused_and_its_message_is_over() {
    let settings = Settings {
        pin_lives: Duration::ZERO,
        ..Settings::default()
    };
    let (simulator, telnyx) = both(settings).await;
    let brand = submit(&telnyx, &person()).await.unwrap().id;
    let sent = submit(&telnyx, &orders::otp(brand.as_str())).await.unwrap();
    let stands = telnyx.status(Kind::Otp, &sent.id).await.unwrap();
    assert_eq!(verdict(&stands), Some("expired"));
    let pin = orders::pin(brand.as_str(), &simulator.pin(brand.as_str()).unwrap());
    let late = submit(&telnyx, &pin).await.unwrap_err();
    assert_eq!(late.reasons()[0].code, "90016");
}

#[tokio::test]
async fn a_carrier_suspends_a_campaign_on_its_own() {
    let (simulator, telnyx) = both(Settings::default()).await;
    let (id, _) = campaign(&telnyx, |_| ()).await;
    for (word, standing) in [
        ("SUSPENDED", Standing::Suspended),
        ("NEW", Standing::Unknown("NEW".to_owned())),
        ("REGISTERED", Standing::Registered),
    ] {
        assert!(simulator.review(&Verdict::Carrier {
            subject: id.as_str().to_owned(),
            network: "10035".to_owned(),
            operation_status: word.to_owned(),
        }));
        for carrier in telnyx.carriers(&id).await.unwrap() {
            let is_it = carrier.carrier.as_deref() == Some("T-Mobile");
            let expected = if is_it {
                standing.clone()
            } else {
                Standing::Registered
            };
            assert_eq!(carrier.status, expected, "{:?}", carrier.carrier);
        }
    }
}

#[tokio::test]
async fn a_campaign_is_suspended_reinstated_and_over() {
    let (simulator, telnyx) = both(Settings::default()).await;
    let (id, _) = campaign(&telnyx, |_| ()).await;
    for (status, expected) in [
        ("TCR_SUSPENDED", "suspended"),
        ("MNO_PROVISIONED", "approved"),
        ("TCR_EXPIRED", "expired"),
    ] {
        assert!(simulator.review(&Verdict::Campaign {
            subject: id.as_str().to_owned(),
            campaign_status: status.to_owned(),
            failure_reasons: Some("No messages for 60 days.".to_owned()),
        }));
        let stands = telnyx.status(Kind::Campaign, &id).await.unwrap();
        assert_eq!(verdict(&stands), Some(expected));
        if expected == "suspended" {
            let reasons = stands.verdict.unwrap();
            assert_eq!(reasons.reasons()[0].description, "No messages for 60 days.");
        }
    }
}

#[tokio::test]
async fn a_brand_that_exists_is_found_or_is_somebody_elses() {
    let (_simulator, telnyx) = both(Settings::default()).await;
    let ours = submit(&telnyx, &orders::brand()).await.unwrap().id;
    let error = submit(&telnyx, &orders::brand()).await.unwrap_err();
    assert!(matches!(error, RegistryError::Elsewhere { .. }), "{error}");
    let found = telnyx.find(&orders::brand()).await.unwrap().unwrap();
    assert_eq!(found.id, ours);

    let theirs = brand(|brand| brand["ein"] = "00-1239409".into());
    let error = submit(&telnyx, &theirs).await.unwrap_err();
    assert!(matches!(error, RegistryError::Elsewhere { .. }), "{error}");
    assert_eq!(telnyx.find(&theirs).await.unwrap(), None);
}

#[tokio::test]
async fn a_number_moves_by_being_taken_off_its_campaign_and_waits_while_it_is_held() {
    let settings = Settings {
        number_hold: Duration::from_millis(100),
        ..Settings::default()
    };
    let (simulator, telnyx) = both(settings).await;
    let (old, was) = campaign(&telnyx, |_| ()).await;
    let Subject::Campaign { brand, .. } = &was.subject else {
        panic!("a campaign")
    };
    let mut second = campaign_of(brand.as_str());
    second.reference = Reference::read("another-reference").unwrap();
    let new = submit(&telnyx, &second).await.unwrap().id;
    submit(&telnyx, &number_of(old.as_str())).await.unwrap();

    let moved = number_of(new.as_str());
    let error = submit(&telnyx, &moved).await.unwrap_err();
    assert!(matches!(error, RegistryError::Elsewhere { .. }), "{error}");
    let number = orders::order().numbers.as_slice()[0].clone();
    let placed = telnyx.placed(&number).await.unwrap().unwrap();
    assert_eq!(
        (&placed.campaign, &placed.reference),
        (&old, &Some(was.reference))
    );

    let id = RegistryId::new(NUMBER);
    let off = withdrawn(&id, number_of(old.as_str()));
    submit(&telnyx, &off).await.unwrap();
    assert_eq!(telnyx.placed(&number).await.unwrap(), None);
    let reading = loop {
        match submit(&telnyx, &moved).await {
            Ok(reading) => break reading,
            Err(error) => assert_eq!(error.failure(), Some(Failure::NotYet), "{error}"),
        }
    };
    assert_eq!(verdict(&reading), Some("approved"));
    let placed = telnyx.placed(&number).await.unwrap().unwrap();
    assert_eq!(placed.campaign, new);
    // In doubt about the withdrawal, the move shows that it was carried out.
    assert!(telnyx.find(&off).await.unwrap().is_some());
    let Submissions { numbers, .. } = simulator.submissions();
    assert_eq!(total(numbers), 2);
}

#[tokio::test]
async fn what_follows_in_a_submission_waits_for_a_slot_of_its_own() {
    let simulator = Arc::new(simulator(Settings::default()).await);
    let telnyx = client(&simulator, "KEY-simulator", Duration::from_secs(60));
    let first = submit(&telnyx, &unscored("Seattle")).await.unwrap();
    let full = client_at_pace(&simulator, Arc::new(Full));
    let amended = amended(&first.id, unscored("Tacoma"));
    match submit(&full, &amended).await {
        Err(RegistryError::Throttled { after, .. }) => assert_eq!(after, Some(Full::AFTER)),
        other => panic!("{other:?}"),
    }
    assert!(simulator.submissions().revets.is_empty());
    let unlimited = client_at_pace(&simulator, Arc::new(Unlimited));
    submit(&unlimited, &amended).await.unwrap();
    assert_eq!(total(simulator.submissions().revets), 1);
}

/// No slot is free.
struct Full;

impl Full {
    const AFTER: Duration = Duration::from_secs(7);
}

#[async_trait]
impl Pace for Full {
    async fn slot(&self, _traffic: Traffic) -> Result<Slot, NoSlot> {
        Err(NoSlot { after: Self::AFTER })
    }

    async fn hold(&self, _traffic: Traffic, _wait: Duration) {}
}
