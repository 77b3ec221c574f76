//! prost's getters of enum fields turn unknown values into zero; direction 4 bans them.
//! `clippy.toml` must list exactly the getters that the contract has.

use libtest_mimic::Failed;
use prost::Message;
use prost_types::{
    DescriptorProto, FileDescriptorSet,
    field_descriptor_proto::{Label, Type},
};
use std::collections::BTreeSet;

fn getters_of(message: &DescriptorProto, prefix: &str, into: &mut BTreeSet<String>) {
    for field in &message.field {
        let enumeration = field.r#type == Some(Type::Enum as i32);
        // Repeated fields have iterators of another form, and none exists in the contract.
        if enumeration && field.label != Some(Label::Repeated as i32) {
            into.insert(format!("{prefix}{}::{}", message.name(), field.name()));
        }
    }
}

/// The banned getters are those that the contract makes, no more and no fewer.
pub fn all_are_banned() -> Result<(), Failed> {
    let set = FileDescriptorSet::decode(ocdeck_proto::DESCRIPTORS).unwrap();
    let mut wanted = BTreeSet::new();
    for file in set.file.iter().filter(|f| f.package() == "ocdeck.v1") {
        for message in &file.message_type {
            assert!(
                message.nested_type.is_empty(),
                "write the nested prefix first"
            );
            getters_of(message, "ocdeck_proto::v1::", &mut wanted);
        }
    }
    let text = std::fs::read_to_string(super::root().join("clippy.toml")).unwrap();
    let config: toml::Table = text.parse().unwrap();
    let banned: BTreeSet<String> = config["disallowed-methods"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|m| m["path"].as_str())
        .filter(|p| p.starts_with("ocdeck_proto::"))
        .map(str::to_owned)
        .collect();
    if wanted == banned {
        return Ok(());
    }
    let missing: Vec<_> = wanted.difference(&banned).collect();
    let stale: Vec<_> = banned.difference(&wanted).collect();
    Err(format!("direction 4: clippy.toml: missing {missing:?}, stale {stale:?}").into())
}
