//! The table of routes: one row for each method of each path, from which both the router and the API's document are made.
//! Which rows there are is `api.rs`; what a row knows is `operation.rs`.

use std::any::type_name;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::middleware;
use axum::routing::{self, MethodFilter, MethodRouter};

use rackward_core::permission::Permission;

use super::operation::{Access, Content, Described, HeaderParameter, Operation};
use crate::api::Api;
use crate::idempotency::Keeping;
use crate::lists::Resource;
use crate::params::Parameter;
use crate::permit;
use crate::writes::{self, Guarded};

/// One method of a path, and what answers it.
pub(crate) struct Route {
    router: MethodRouter<Api>,
    operation: Operation,
    /// How large its body may be where that is more than any other's, its key included.
    most_bytes: Option<usize>,
}

/// The routes about one subject.
pub(crate) struct Routes {
    pub(crate) subject: &'static str,
    pub(crate) words: &'static str,
    routes: Vec<Route>,
}

/// All routes.
pub(crate) struct Table(pub(crate) Vec<Routes>);

/// A route that reads.
pub(crate) fn get<H, T, D>(handler: H, summary: &'static str) -> Route
where
    H: Handler<T, Api> + Described<D>,
    T: 'static,
{
    Route::new("get", MethodFilter::GET, handler, summary)
}

/// A route that does something.
pub(crate) fn post<H, T, D>(handler: H, summary: &'static str) -> Route
where
    H: Handler<T, Api> + Described<D>,
    T: 'static,
{
    Route::new("post", MethodFilter::POST, handler, summary)
}

/// A route that sets something.
pub(crate) fn put<H, T, D>(handler: H, summary: &'static str) -> Route
where
    H: Handler<T, Api> + Described<D>,
    T: 'static,
{
    Route::new("put", MethodFilter::PUT, handler, summary)
}

/// A route that changes a part of something.
pub(crate) fn patch<H, T, D>(handler: H, summary: &'static str) -> Route
where
    H: Handler<T, Api> + Described<D>,
    T: 'static,
{
    Route::new("patch", MethodFilter::PATCH, handler, summary)
}

/// A route that removes something.
pub(crate) fn delete<H, T, D>(handler: H, summary: &'static str) -> Route
where
    H: Handler<T, Api> + Described<D>,
    T: 'static,
{
    Route::new("delete", MethodFilter::DELETE, handler, summary)
}

impl Route {
    fn new<H, T, D>(method: &'static str, filter: MethodFilter, handler: H, summary: &'static str) -> Self
    where
        H: Handler<T, Api> + Described<D>,
        T: 'static,
    {
        let mut operation = Operation::new(method, type_name::<H>(), summary);
        H::describe(&mut operation);
        Self { router: routing::on(filter, handler), operation, most_bytes: None }
    }

    /// Its caller must at least be allowed to do this.
    pub(crate) fn takes(mut self, permission: Permission) -> Self {
        self.operation.permission = Some(permission);
        self
    }

    /// Any of these does as well, over the whole site: it tells each caller as much as they may know.
    pub(crate) fn or_one_of(mut self, others: &'static [Permission]) -> Self {
        self.operation.or = others;
        self
    }

    /// It takes these query parameters: the same declaration by which the handler reads them.
    pub(crate) fn query(mut self, query: &'static [Parameter]) -> Self {
        self.operation.query.extend_from_slice(query);
        self
    }

    /// It answers with a list of these, page by page.
    pub(crate) fn lists(mut self, resource: &'static Resource) -> Self {
        self.operation.query.extend(resource.parameters());
        self
    }

    /// It reads this header.
    pub(crate) fn header(mut self, header: HeaderParameter) -> Self {
        self.operation.headers.push(header);
        self
    }

    /// Its answer holds a secret, or what is shown to nobody without a record of it: it is kept for no repetition.
    pub(crate) fn secret(mut self) -> Self {
        self.operation.keeping = Keeping::Secret;
        self
    }

    /// What it takes of some callers takes two operators at some sites, beyond what its permission says.
    pub(crate) fn waits(mut self) -> Self {
        self.operation.waits = true;
        self
    }

    /// It answers 201 instead of 200.
    pub(crate) fn makes(mut self) -> Self {
        self.operation.statuses.remove(&200);
        self.operation.statuses.insert(201);
        self
    }

    /// What it makes is to be found somewhere from then on.
    pub(crate) fn places(mut self) -> Self {
        self.operation.has_place = true;
        self
    }

    /// It answers 202 instead of 200: the work goes on.
    pub(crate) fn begins(mut self) -> Self {
        self.operation.statuses.remove(&200);
        self.operation.statuses.insert(202);
        self
    }

    /// It answers with this status as well.
    pub(crate) fn also(mut self, status: u16) -> Self {
        let of_whom = if status < 400 { &mut self.operation.statuses } else { &mut self.operation.refusals };
        of_whom.insert(status);
        self
    }

    /// It tells the same with this status, although that stands for a failure.
    pub(crate) fn tells_with(mut self, status: u16) -> Self {
        self.operation.statuses.insert(status);
        self
    }

    /// It answers with this media type.
    pub(crate) fn media(mut self, media: &'static str) -> Self {
        self.operation.content = Content::Other(media);
        self
    }

    /// Its answer is written while it is sent, and has no end beforehand.
    pub(crate) fn in_pieces(mut self) -> Self {
        self.operation.is_in_pieces = true;
        self
    }

    /// What it answers with is filed somewhere: it has a digest.
    pub(crate) fn exports(mut self) -> Self {
        self.operation.is_export = true;
        Self { router: self.router.layer(axum::middleware::from_fn(crate::trace::digest)), ..self }
    }

    /// It waits for receipts where its caller prefers that.
    pub(crate) fn patiently(mut self) -> Self {
        self.operation.is_patient = true;
        self
    }

    /// What answers it, on the terms of the request and behind the check of what it takes: whoever may not is told that
    /// before anything about their request (RFC 9110 clause 13.2.1). `route_layer`, so that other methods stay unknown here.
    fn guarded(self, api: &Api) -> MethodRouter<Api> {
        let router = match self.operation.access {
            Access::SignedIn => {
                let guarded = Guarded { api: api.clone(), keeping: self.operation.keeping };
                self.router.route_layer(middleware::from_fn_with_state(guarded, writes::guard))
            }
            Access::Everybody => self.router,
        };
        let others = self.operation.or;
        let router = match self.operation.permission {
            Some(permission) => router.route_layer(middleware::from_fn(move |request, next| {
                permit::check_one_of(permission, others, request, next)
            })),
            None => router,
        };
        match self.most_bytes {
            Some(most) => router.layer(DefaultBodyLimit::max(most)),
            None => router,
        }
    }

    /// Its body may have so many bytes also where it is read for its key.
    pub(crate) const fn large_body(mut self, most: usize) -> Self {
        self.most_bytes = Some(most);
        self
    }

    /// It answers with a JSON document of its own kind.
    pub(crate) fn document(mut self) -> Self {
        self.operation.content = Content::Json(super::schema::document);
        self
    }

    /// Its body may have so many bytes, instead of as many as any other.
    pub(crate) fn body_bytes(self, most: usize) -> Self {
        Self { router: self.router.layer(DefaultBodyLimit::max(most)), ..self }
    }
}

impl Routes {
    /// Routes about `subject`, of which `words` say a little more.
    pub(crate) const fn about(subject: &'static str, words: &'static str) -> Self {
        Self { subject, words, routes: Vec::new() }
    }

    /// The methods of one path.
    pub(crate) fn at<const N: usize>(mut self, path: &'static str, routes: [Route; N]) -> Self {
        for mut route in routes {
            route.operation.path = path;
            self.routes.push(route);
        }
        self
    }

    /// The same routes, for everybody who reaches the port.
    pub(crate) fn for_everybody(mut self) -> Self {
        for route in &mut self.routes {
            route.operation.access = Access::Everybody;
        }
        self
    }

    /// What the document says of each.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.routes.iter().map(|route| &route.operation)
    }
}

impl Table {
    /// The routes that are for these callers.
    pub(crate) fn router(self, access: Access, api: &Api) -> Router<Api> {
        let routes = self.0.into_iter().flat_map(|routes| routes.routes);
        let routes = routes.filter(|route| route.operation.access == access);
        routes.fold(Router::new(), |router, route| router.route(route.operation.path, route.guarded(api)))
    }
}
