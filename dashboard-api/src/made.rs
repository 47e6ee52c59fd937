//! Answers to what was made: 201, and where it is to be found from now on (`Location`, RFC 9110 clause 15.3.2). Which state
//! of it the answer shows is told as after a read (`preconditions::tag`). What is only tried is nowhere to be found.

use core::fmt::Display;

use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::openapi::Wire;
use crate::openapi::operation::{Answer, Content, Operation};
use crate::preconditions::Terms;

/// Something that was made, as it is told.
pub(crate) struct Made<T> {
    place: Place,
    told: T,
}

/// Where a thing is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place(String);

impl Place {
    /// The thing of this id among those of a kind, such as `people`. Ids need no encoding, which names would.
    pub(crate) fn of(kind: &str, id: impl Display) -> Self {
        Self(format!("/api/v1/{kind}/{id}"))
    }

    /// Says so in an answer, unless what it tells of was only tried.
    pub(crate) fn tell(&self, response: &mut Response) {
        if Terms::is_tried() {
            return;
        }
        if let Ok(value) = HeaderValue::try_from(self.0.as_str()) {
            response.headers_mut().insert(LOCATION, value);
        }
    }
}

impl<T> Made<T> {
    pub(crate) const fn new(place: Place, told: T) -> Self {
        Self { place, told }
    }
}

impl<T: Serialize> IntoResponse for Made<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, Json(self.told)).into_response();
        self.place.tell(&mut response);
        response
    }
}

impl<T: Wire> Answer for Made<T> {
    fn describe(operation: &mut Operation) {
        operation.content = Content::Json(T::schema);
        operation.has_place = true;
    }
}

/// What stands at the address to which it was sent, whether or not something stood there before.
pub(crate) enum Kept<T> {
    /// Nothing did.
    Made(Made<T>),
    /// It was changed.
    Changed(T),
}

impl<T: Serialize> IntoResponse for Kept<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Made(made) => made.into_response(),
            Self::Changed(told) => Json(told).into_response(),
        }
    }
}

impl<T: Wire> Answer for Kept<T> {
    fn describe(operation: &mut Operation) {
        Made::<T>::describe(operation);
    }
}
