//! How one operation leads to the next: what an order's answer and the list name is what
//! every operation on one registration takes.

use utoipa::openapi::link::Link;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::{OpenApi, RefOr};

/// What has the id of a registration in its answer: the operation, the status, and where.
const NAMED_BY: [(&str, &str, &str); 3] = [
    ("order", "202", "$response.body#/id"),
    ("list", "200", "$response.body#/registrations/0/id"),
    ("numbers", "200", "$response.body#/numbers/0/id"),
];

/// Adds a link from each of these to each operation whose path has an `{id}`.
pub(crate) fn add(document: &mut OpenApi) {
    let takers: Vec<String> = (document.paths.paths.iter_mut())
        .filter(|(path, _)| path.contains("{id}"))
        .flat_map(|(_, item)| operations(item))
        .filter_map(|operation| operation.operation_id.clone())
        .collect();
    for operation in document.paths.paths.values_mut().flat_map(operations) {
        let id = operation.operation_id.clone();
        for (_, status, place) in NAMED_BY.iter().filter(|(by, ..)| id.as_deref() == Some(by)) {
            if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(*status) {
                for taker in &takers {
                    let link = Link::builder()
                        .operation_id(taker)
                        .parameter("id", *place)
                        .build();
                    response.links.insert(taker.clone(), link.into());
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ]
    .into_iter()
    .filter_map(Option::as_mut)
}
