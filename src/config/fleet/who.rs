//! Who is who: parties, tenants, contacts, sites and appliances.

use super::{Read, Reader, Reference};
use crate::config::toml::{At, Table, did_you_mean};
use chrono_tz::Tz;
use ocdeck_domain::{
    fleet::{Appliance, Contact, LAST_STEP, Lifecycle, Party, RestartPolicy, Site, Tenant},
    ids::ApplianceId,
};
use std::ops::RangeInclusive;
use toml::Spanned;

impl Reader<'_> {
    pub(super) fn party(&self, table: &Table<'_>) -> Read<Party> {
        let id = table.required("id");
        let name = table.text("name");
        let parent = table.text("parent");
        let time_zone = self.time_zone(table);
        let id = id?.value;
        let party = Party {
            name: name.map_or_else(|| id.clone(), |name| name.value),
            id: id.into(),
            parent: parent.clone().map(|parent| parent.value.into()),
            time_zone,
        };
        Some((
            party,
            parent
                .map(|parent| Reference::new("party", parent))
                .into_iter()
                .collect(),
        ))
    }

    pub(super) fn tenant(&self, table: &Table<'_>) -> Read<Tenant> {
        let id = table.required("id");
        let name = table.text("name");
        let parent = table.required("parent");
        let managed = table.flag("managed");
        let time_zone = self.time_zone(table);
        let restart_policy = self.restart_policy(table);
        let calendar = table.text("calendar");
        let lifecycle = self.lifecycle(table);
        let (id, parent) = (id?.value, parent?);
        let tenant = Tenant {
            name: name.map_or_else(|| id.clone(), |name| name.value),
            id: id.into(),
            parent: parent.value.clone().into(),
            managed: managed.unwrap_or(true),
            time_zone,
            restart_policy,
            calendar: calendar.clone().map(|calendar| calendar.value.into()),
            lifecycle,
        };
        let mut references = vec![Reference::new("party", parent)];
        references.extend(calendar.map(|calendar| Reference::new("calendar", calendar)));
        Some((tenant, references))
    }

    fn time_zone(&self, table: &Table<'_>) -> Tz {
        self.zone(table).unwrap_or(Tz::UTC)
    }

    /// The zone that a table names, if it does.
    pub(super) fn zone(&self, table: &Table<'_>) -> Option<Tz> {
        let name = table.text("time_zone")?;
        name.value.parse().ok().or_else(|| {
            let near = did_you_mean(
                &name.value,
                chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name()),
            );
            let text = format!("{:?} is no time zone of the IANA list{near}", name.value);
            self.document.problem(name.span, text);
            None
        })
    }

    /// One of a few words; absent: `None`.
    pub(super) fn choice<T: Copy>(
        &self,
        table: &Table<'_>,
        key: &'static str,
        what: &str,
        all: &[(&str, T)],
    ) -> Option<T> {
        let text = table.text(key)?;
        let found = all.iter().find(|(name, _)| *name == text.value);
        if found.is_none() {
            let near = did_you_mean(&text.value, all.iter().map(|(name, _)| *name));
            let problem = format!("{:?} is no {what}{near}", text.value);
            self.document.problem(text.span, problem);
        }
        found.map(|(_, value)| *value)
    }

    /// A whole number.
    pub(super) fn number(
        &self,
        table: &Table<'_>,
        key: &'static str,
        range: RangeInclusive<u32>,
    ) -> Option<u32> {
        let value = table.get(key)?;
        let number = value.get_ref().as_integer().and_then(|integer| {
            let digits = integer.as_str().replace('_', "");
            u32::from_str_radix(&digits, integer.radix()).ok()
        });
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            let text = format!(
                "{key} must be a whole number from {} to {}",
                range.start(),
                range.end()
            );
            self.document.problem(value.span(), text);
        }
        number
    }

    fn lifecycle(&self, table: &Table<'_>) -> Lifecycle {
        const ALL: [(&str, Lifecycle); 4] = [
            ("onboarding", Lifecycle::Onboarding(1)),
            ("live", Lifecycle::Live),
            ("suspended", Lifecycle::Suspended),
            ("closed", Lifecycle::Closed),
        ];
        let lifecycle = self.choice(table, "lifecycle", "lifecycle", &ALL);
        let at = table.get("step").map(Spanned::span);
        let step = self.number(table, "step", 1..=u32::from(LAST_STEP));
        match (lifecycle, step.and_then(|step| u8::try_from(step).ok())) {
            (Some(Lifecycle::Onboarding(first)), step) => {
                Lifecycle::Onboarding(step.unwrap_or(first))
            }
            (lifecycle, step) => {
                if let (Some(_), Some(at)) = (step, at) {
                    let text = "step counts only with lifecycle = \"onboarding\"";
                    self.document.problem(at, text);
                }
                lifecycle.unwrap_or_default()
            }
        }
    }

    fn restart_policy(&self, table: &Table<'_>) -> RestartPolicy {
        const ALL: [(&str, RestartPolicy); 3] = [
            ("allowed", RestartPolicy::Allowed),
            ("ask_first", RestartPolicy::AskFirst),
            ("never", RestartPolicy::Never),
        ];
        self.choice(table, "restart_policy", "restart policy", &ALL)
            .unwrap_or_default()
    }

    pub(super) fn contact(&self, table: &Table<'_>) -> Read<Contact> {
        let text = |key| table.text(key).map(|text| text.value).unwrap_or_default();
        let tenant = table.required("tenant");
        let name = table.required("name");
        let (phone, email, role) = (text("phone"), text("email"), text("role"));
        let escalation = self.number(table, "escalation", 1..=99);
        let may_request = table.flag("may_request").unwrap_or(false);
        let may_authorise = table.flag("may_authorise").unwrap_or(false);
        let tenant = tenant?;
        let contact = Contact {
            tenant: tenant.value.clone().into(),
            name: name?.value,
            phone,
            email,
            may_request,
            may_authorise,
            role,
            escalation,
        };
        Some((contact, vec![Reference::new("tenant", tenant)]))
    }

    pub(super) fn site(&self, table: &Table<'_>) -> Read<Site> {
        let id = table.required("id");
        let tenant = table.required("tenant");
        let kind = table.text("kind").map(|kind| kind.value);
        let tenant = tenant?;
        let site = Site {
            id: id?.value.into(),
            tenant: tenant.value.clone().into(),
            kind: kind.unwrap_or_default(),
        };
        Some((site, vec![Reference::new("tenant", tenant)]))
    }

    pub(super) fn appliance(&self, table: &Table<'_>) -> Read<Appliance> {
        let id = table.required("id");
        let address = if self.local {
            table.required("address")
        } else {
            table.text("address")
        };
        let via = table.text("via");
        let sites = table.texts("sites");
        let id = id?;
        let appliance: ApplianceId = id.value.into();
        if let Err(error) = ocdeck_trust::server_name(&appliance) {
            self.document.problem(id.span, error.to_string());
        }
        if self.local && address.is_none() {
            return None;
        }
        if let Some(address) = &address {
            self.check_address("address", address);
        }
        if let Some(via) = &via {
            self.check_address("via", via);
        }
        let appliance = Appliance {
            id: appliance,
            sites: sites.iter().map(|site| site.value.clone().into()).collect(),
            address: address.map(|address| address.value),
            via: via.map(|via| via.value),
        };
        let sites = sites.into_iter();
        let references = sites.map(|site| Reference::new("site", site)).collect();
        Some((appliance, references))
    }

    fn check_address(&self, key: &str, address: &At<String>) {
        let good = address.value.rsplit_once(':').is_some_and(|(host, port)| {
            // An IPv6 address with a port stands in brackets.
            let bare = host.contains(':') && !host.starts_with('[');
            !host.is_empty()
                && !host.contains('/')
                && !bare
                && port.parse::<u16>().is_ok_and(|port| port != 0)
        });
        if !good {
            let text = format!(
                "{key} {:?} is not host:port, such as \"backup.example.com:7443\"",
                address.value
            );
            self.document.problem(address.span.clone(), text);
        }
    }
}
