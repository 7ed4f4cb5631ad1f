//! The paths of the API, as the SDK calls them below `/v2`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use serde_json::Value;

use crate::control;
use crate::enums;
use crate::fields::{digits, text};
use crate::gate::{Noted, Sent, gate};
use crate::outcome::{AtPost, at_post, campaign_at_post, ein_ending, phone_ending};
use crate::refusal::Refusal;
use crate::registry::Registry;
use crate::store::Store;

type Shared = State<Arc<Registry>>;
type Parameters = Query<HashMap<String, String>>;
type Body = Extension<Sent>;

/// Everything that is served.
pub(crate) fn routes(registry: Arc<Registry>) -> Router {
    let api = Router::new()
        .merge(brands())
        .merge(vettings_and_pins())
        .merge(campaigns())
        .merge(numbers())
        .merge(lists());
    // The gate is outside of the nesting, so that it sees whole paths.
    let gated = Router::new()
        .nest("/v2/10dlc", api)
        .fallback(async || Refusal::not_found("URL"))
        .layer(from_fn_with_state(Arc::clone(&registry), gate));
    Router::new()
        .nest("/simulator", control::routes())
        .merge(gated)
        .with_state(registry)
}

fn brands() -> Router<Arc<Registry>> {
    let create = async |State(registry): Shared, Extension(Sent(sent)): Body| {
        let at_post = at_post(ein_ending(&digits(text(&sent, "ein").unwrap_or_default())));
        create(&registry, at_post, |store, now| {
            store.create_brand(now, &sent)
        })
        .await
    };
    let list = async |State(registry): Shared, Query(query): Parameters| {
        answer(&registry, |store, _| store.list_brands(&query))
    };
    let read = async |State(registry): Shared, Path(id): Path<String>| {
        about_brand(&registry, &id, |store, _| store.brand_answer(&id, true))
    };
    let update =
        async |State(registry): Shared, Path(id): Path<String>, Extension(Sent(sent)): Body| {
            about_brand(&registry, &id, |store, now| {
                store.update_brand(&id, now, &sent)
            })
        };
    let delete = async |State(registry): Shared, Path(id): Path<String>| {
        let deleted = registry
            .at_once(|store, now| store.delete_brand(&id, now))
            .0;
        deleted.map_or_else(Refusal::into_response, |()| {
            StatusCode::NO_CONTENT.into_response()
        })
    };
    let feedback = async |State(registry): Shared, Path(id): Path<String>| {
        about_brand(&registry, &id, |store, _| store.brand_feedback(&id))
    };
    let revet = async |State(registry): Shared, Path(id): Path<String>| {
        about_brand(&registry, &id, |store, now| store.revet_brand(&id, now))
    };
    Router::new()
        .route("/brand", post(create).get(list))
        .route("/brand/{id}", get(read).put(update).delete(delete))
        .route("/brand/feedback/{id}", get(feedback))
        .route("/brand/{id}/revet", put(revet))
}

fn vettings_and_pins() -> Router<Arc<Registry>> {
    let vettings = async |State(registry): Shared, Path(id): Path<String>| {
        about_brand(&registry, &id, |store, _| store.list_vettings(&id))
    };
    let order =
        async |State(registry): Shared, Path(id): Path<String>, Extension(Sent(sent)): Body| {
            about_brand(&registry, &id, |store, now| {
                store.order_vetting(&id, now, &sent)
            })
        };
    let import =
        async |State(registry): Shared, Path(id): Path<String>, Extension(Sent(sent)): Body| {
            about_brand(&registry, &id, |store, now| {
                store.import_vetting(&id, now, &sent)
            })
        };
    let trigger =
        async |State(registry): Shared, Path(id): Path<String>, Extension(Sent(sent)): Body| {
            about_brand(&registry, &id, |store, now| {
                store.trigger_otp(&id, now, &sent)
            })
        };
    let verify =
        async |State(registry): Shared, Path(id): Path<String>, Extension(Sent(sent)): Body| {
            let verified = registry
                .at_once(|store, now| store.verify_otp(&id, now, &sent))
                .0;
            verified.map_or_else(Refusal::into_response, |()| {
                StatusCode::NO_CONTENT.into_response()
            })
        };
    let pin = async |State(registry): Shared, Path(id): Path<String>| {
        about_brand(&registry, &id, |store, now| store.otp_of_brand(&id, now))
    };
    let mail = async |State(registry): Shared, Path(id): Path<String>| {
        let sent = registry.at_once(|store, now| store.mail_again(&id, now)).0;
        sent.map_or_else(Refusal::into_response, |()| {
            StatusCode::NO_CONTENT.into_response()
        })
    };
    let by_reference = async |State(registry): Shared, Path(reference): Path<String>| {
        answer(&registry, |store, now| {
            store.otp_by_reference(&reference, now)
        })
    };
    Router::new()
        .route(
            "/brand/{id}/externalVetting",
            get(vettings).post(order).put(import),
        )
        .route("/brand/{id}/smsOtp", get(pin).post(trigger).put(verify))
        .route("/brand/smsOtp/{reference}", get(by_reference))
        .route("/brand/{id}/2faEmail", post(mail))
}

fn campaigns() -> Router<Arc<Registry>> {
    let create = async |State(registry): Shared, Extension(Sent(sent)): Body| {
        let at_post = campaign_at_post(&sent).0;
        create(&registry, at_post, |store, now| {
            store.create_campaign(now, &sent)
        })
        .await
    };
    let qualify = async |State(registry): Shared,
                         Path((brand, usecase)): Path<(String, String)>| {
        about_brand(&registry, &brand, |store, _| {
            store.qualify(&brand, &usecase)
        })
    };
    let list = async |State(registry): Shared, Query(query): Parameters| {
        answer(&registry, |store, _| store.list_campaigns(&query))
    };
    let read = async |State(registry): Shared, Path(id): Path<String>| {
        about_campaign(&registry, &id, |store, _| store.campaign_answer(&id))
    };
    let update =
        async |State(registry): Shared, Path(id): Path<String>, Extension(Sent(sent)): Body| {
            about_campaign(&registry, &id, |store, now| {
                store.update_campaign(&id, now, &sent)
            })
        };
    let deactivate = async |State(registry): Shared, Path(id): Path<String>| {
        about_campaign(&registry, &id, |store, now| store.deactivate(&id, now))
    };
    let operation = async |State(registry): Shared, Path(id): Path<String>| {
        about_campaign(&registry, &id, |store, _| store.operation_status(&id))
    };
    let metadata = async |State(registry): Shared, Path(id): Path<String>| {
        about_campaign(&registry, &id, |store, _| store.mno_metadata(&id))
    };
    let appeal =
        async |State(registry): Shared, Path(id): Path<String>, Extension(Sent(sent)): Body| {
            about_campaign(&registry, &id, |store, now| store.appeal(&id, now, &sent))
        };
    Router::new()
        .route("/campaignBuilder", post(create))
        .route(
            "/campaignBuilder/brand/{brand}/usecase/{usecase}",
            get(qualify),
        )
        .route("/campaign", get(list))
        .route("/campaign/{id}", get(read).put(update).delete(deactivate))
        .route("/campaign/{id}/operationStatus", get(operation))
        .route("/campaign/{id}/mnoMetadata", get(metadata))
        .route("/campaign/{id}/appeal", post(appeal))
}

fn numbers() -> Router<Arc<Registry>> {
    let create = async |State(registry): Shared, Extension(Sent(sent)): Body| {
        let at_post = at_post(phone_ending(text(&sent, "phoneNumber").unwrap_or_default()));
        create(&registry, at_post, |store, now| {
            store.create_number(now, &sent)
        })
        .await
    };
    let list = async |State(registry): Shared, Query(query): Parameters| {
        answer(&registry, |store, _| store.list_numbers(&query))
    };
    let read = async |State(registry): Shared, Path(phone): Path<String>| {
        about(&registry, |store, _| {
            (Some(phone.clone()), store.number_answer(&phone))
        })
    };
    let update =
        async |State(registry): Shared, Path(phone): Path<String>, Extension(Sent(sent)): Body| {
            about(&registry, |store, now| {
                (Some(phone.clone()), store.update_number(&phone, now, &sent))
            })
        };
    let delete = async |State(registry): Shared, Path(phone): Path<String>| {
        about(&registry, |store, now| {
            (Some(phone.clone()), store.delete_number(&phone, now))
        })
    };
    Router::new()
        .route("/phone_number_campaigns", post(create).get(list))
        .route(
            "/phone_number_campaigns/{phone}",
            get(read).put(update).delete(delete),
        )
}

fn lists() -> Router<Arc<Registry>> {
    let values = async |State(registry): Shared, Path(endpoint): Path<String>| {
        answer(&registry, |_, _| enums::values(&endpoint))
    };
    let cost = async |State(registry): Shared, Query(query): Parameters| {
        let usecase = query.get("usecase").map(String::as_str).unwrap_or_default();
        answer(&registry, |_, _| enums::cost(usecase))
    };
    Router::new()
        .route("/enum/{endpoint}", get(values))
        .route("/campaign/usecase/cost", get(cost))
}

/// A creation: the table's way of answering, and early webhooks, apply to it.
async fn create(
    registry: &Registry,
    at_post: AtPost,
    act: impl FnOnce(&mut Store, Duration) -> Result<Value, Refusal>,
) -> Response {
    let (created, early) = registry.at_once(act);
    let mut response = match created {
        // A refusal is answered as it is, however the acceptance would have been.
        Err(refusal) => return refusal.into_response(),
        Ok(answer) => Json(answer).into_response(),
    };
    for delivered in early {
        // An error means that the event was dropped: nothing to wait for.
        let _ = delivered.await;
    }
    response.extensions_mut().insert(Noted {
        subject: None,
        at_post,
    });
    response
}

fn answer(
    registry: &Registry,
    act: impl FnOnce(&mut Store, Duration) -> Result<Value, Refusal>,
) -> Response {
    about(registry, |store, now| (None, act(store, now)))
}

fn about_brand(
    registry: &Registry,
    id: &str,
    act: impl FnOnce(&mut Store, Duration) -> Result<Value, Refusal>,
) -> Response {
    about(registry, |store, now| {
        let subject = store.brands.get(id).map(|brand| brand.subject.clone());
        (subject, act(store, now))
    })
}

fn about_campaign(
    registry: &Registry,
    id: &str,
    act: impl FnOnce(&mut Store, Duration) -> Result<Value, Refusal>,
) -> Response {
    about(registry, |store, now| {
        let subject = store
            .campaigns
            .get(id)
            .map(|campaign| campaign.subject.clone());
        (subject, act(store, now))
    })
}

/// Answers, and tells the gate which subject the call was about.
fn about(
    registry: &Registry,
    act: impl FnOnce(&mut Store, Duration) -> (Option<String>, Result<Value, Refusal>),
) -> Response {
    let ((subject, result), _) = registry.at_once(act);
    let mut response = result.map_or_else(Refusal::into_response, |answer| {
        Json(answer).into_response()
    });
    response.extensions_mut().insert(Noted {
        subject,
        at_post: AtPost::Accept,
    });
    response
}
