//! Searches and versions over real repositories.

use super::{below, catalog};
use crate::catalog::{Catalog, Looked, Pattern, SearchNews, Version, VersionNews};
use crate::repo::{Node, Point};
use crate::testing::{Fixture, noise, run};
use proptest::prelude::*;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;
use std::time::Instant;

type Found = (String, Vec<u8>, Node);

/// Everything that a search tells, and where it ended.
fn search(catalog: &Catalog, points: &[Arc<Point>], query: &[u8]) -> (Vec<Found>, Looked) {
    let mut found = Vec::new();
    let mut tell = |news: SearchNews<'_>| {
        match news {
            SearchNews::Hit(point, path, node) => found.push((point.id.clone(), path, node)),
            SearchNews::Unread(error) => panic!("{error}"),
            SearchNews::Looked(_) => {}
        }
        ControlFlow::Continue(())
    };
    let looked = catalog.search(points, &Pattern::new(query), &mut tell);
    (found, looked)
}

/// The paths of hits below the source, as text, with the number of their point.
fn shown(fixture: &Fixture, points: &[Arc<Point>], found: &[Found]) -> Vec<(usize, String)> {
    let top = below(fixture, b"");
    found
        .iter()
        .map(|(id, path, _)| {
            let point = points.iter().position(|point| &point.id == id).unwrap();
            let name = path.strip_prefix(top.as_slice()).unwrap();
            (point, String::from_utf8_lossy(name).into_owned())
        })
        .collect()
}

fn versions(catalog: &Catalog, points: &[Arc<Point>], path: &[u8]) -> Vec<Version> {
    let mut found = Vec::new();
    catalog.versions(points, path, &mut |news| {
        match news {
            VersionNews::Version(version) => found.push(*version),
            VersionNews::Unread(error) => panic!("{error}"),
            VersionNews::Looked(_) => {}
        }
        ControlFlow::Continue(())
    });
    found
}

#[test]
fn a_state_is_told_once_with_the_first_point_that_holds_it() {
    let fixture = Fixture::new();
    fixture.write("docs/Invoice 1.pdf", "1");
    fixture.write("docs/letter.txt", "l");
    fixture.write("old/invoices/x", "x");
    fixture.back_up();
    fixture.write("docs/letter.txt", "changed");
    fixture.back_up();
    fixture.write("docs/Invoice 1.pdf", "one");
    fixture.back_up();
    let catalog = catalog(&fixture);
    let points = catalog.points(&[], None).unwrap();
    let (found, looked) = search(&catalog, &points, b"invoice");
    assert_eq!(
        shown(&fixture, &points, &found),
        [
            (0, "docs/Invoice 1.pdf".to_owned()),
            (0, "old/invoices".to_owned()),
            (1, "docs/Invoice 1.pdf".to_owned()),
        ]
    );
    assert_eq!(looked.points, 3);
    let (found, _) = search(&catalog, &points, b"*.TXT");
    let texts: Vec<_> = shown(&fixture, &points, &found);
    assert_eq!(texts.len(), 2, "{texts:?}");
    let (found, looked) = search(&catalog, &points, b"nowhere");
    assert!(found.is_empty());
    assert_eq!(looked.points, 3);
}

#[test]
fn folders_that_points_share_are_read_once() {
    let fixture = Fixture::new();
    for folder in 0..20 {
        fixture.write(format!("{folder}/sub/file"), "same");
    }
    fixture.back_up();
    for day in 0..11 {
        fixture.write("7/sub/file", format!("day {day}"));
        fixture.back_up();
    }
    let catalog = catalog(&fixture);
    let points = catalog.points(&[], None).unwrap();
    assert_eq!(points.len(), 12);
    let newest = points.get(..1).unwrap();
    for query in [&b"file"[..], b"nothing"] {
        let (_, one) = search(&catalog, newest, query);
        let (found, all) = search(&catalog, &points, query);
        // Only what leads to the changed file is read again: the folders above the source,
        // the source, 7 and 7/sub.
        let spine = (all.folders - one.folders) / 11;
        let above = below(&fixture, b"").iter().filter(|b| **b == b'/').count() as u64;
        assert!(spine <= above + 3, "{spine} folders a point, {above} above");
        let wanted = if query == b"file" { 20 + 11 } else { 0 };
        assert_eq!(found.len(), wanted);
    }
}

#[test]
fn the_next_letter_reads_nothing_where_nothing_fits() {
    let fixture = Fixture::new();
    fixture.write("a/in", "1");
    fixture.write("b/inv", "2");
    fixture.back_up();
    let catalog = catalog(&fixture);
    let points = catalog.points(&[], None).unwrap();
    let (found, first) = search(&catalog, &points, b"in");
    assert_eq!(found.len(), 2);
    std::fs::remove_dir_all(fixture.repository.path.join("data")).unwrap();
    // What is kept is enough to say that there is nothing.
    let (found, again) = search(&catalog, &points, b"invo");
    assert!(found.is_empty());
    assert_eq!(again, first);
}

#[test]
fn a_search_ends_when_nobody_wants_it_any_more() {
    let fixture = Fixture::new();
    for folder in 0..30 {
        fixture.write(format!("{folder}/file"), "x");
    }
    fixture.back_up();
    let catalog = catalog(&fixture);
    let points = catalog.points(&[], None).unwrap();
    let mut hits = 0;
    let looked = catalog.search(&points, &Pattern::new(b"file"), &mut |news| match news {
        SearchNews::Hit(..) => {
            hits += 1;
            ControlFlow::Break(())
        }
        _ => ControlFlow::Continue(()),
    });
    assert_eq!((hits, looked.points), (1, 0));
    let (_, whole) = search(&catalog, &points, b"file");
    assert!(looked.folders < whole.folders);
}

#[test]
fn a_folder_that_cannot_be_read_is_told_once_and_the_rest_is_searched() {
    let fixture = Fixture::new();
    fixture.write("a/file", noise(1, 10));
    fixture.back_up();
    fixture.write("b/file", noise(2, 10));
    fixture.back_up();
    let catalog = catalog(&fixture);
    let points = catalog.points(&[], None).unwrap();
    std::fs::remove_dir_all(fixture.repository.path.join("data")).unwrap();
    let mut unread = 0;
    let looked = catalog.search(&points, &Pattern::new(b"file"), &mut |news| {
        unread += u32::from(matches!(news, SearchNews::Unread(_)));
        ControlFlow::Continue(())
    });
    assert_eq!(looked.points, 2);
    assert_eq!(unread, 2, "the top folder of each point");
}

#[test]
fn versions_are_the_runs_of_points_that_hold_the_same() {
    let fixture = Fixture::new();
    fixture.write("other", "o");
    fixture.write("f", "one");
    fixture.back_up();
    fixture.write("other", "oo");
    fixture.back_up();
    fixture.write("f", "two");
    fixture.back_up();
    let touched = std::fs::File::options()
        .write(true)
        .open(fixture.source().join("f"))
        .unwrap();
    touched.set_modified(std::time::UNIX_EPOCH).unwrap();
    fixture.back_up();
    std::fs::remove_file(fixture.source().join("f")).unwrap();
    fixture.back_up();
    fixture.write("f", "one");
    fixture.back_up();
    let catalog = catalog(&fixture);
    let points = catalog.points(&[], None).unwrap();
    let found = versions(&catalog, &points, &below(&fixture, b"f"));
    let number = |point: &Arc<Point>| points.iter().position(|it| it.id == point.id).unwrap();
    let rows: Vec<_> = found
        .iter()
        .map(|it| {
            (
                number(&it.newest),
                number(&it.oldest),
                it.points,
                it.same_content,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            (0, 0, 1, Some(false)),
            (2, 2, 1, Some(true)),
            (3, 3, 1, Some(false)),
            (4, 5, 2, None),
        ]
    );
    assert_eq!(found.first().unwrap().node.size, 3);
    let folder = versions(&catalog, &points, &below(&fixture, b""));
    assert_eq!(folder.len(), 6, "every run changed something in it");
    assert!(versions(&catalog, &points, &below(&fixture, b"f/none")).is_empty());
    assert!(versions(&catalog, &points, b"/nowhere").is_empty());
}

#[test]
fn points_that_say_nothing_about_a_path_do_not_part_its_versions() {
    let fixture = Fixture::new();
    fixture.write("a/f", "f");
    fixture.write("b/g", "g");
    let mut spec = fixture.spec();
    for folder in ["a", "b", "a"] {
        spec.folders = vec![below(&fixture, folder.as_bytes())];
        run(&spec).0.unwrap();
    }
    let catalog = catalog(&fixture);
    let points = catalog.points(&[], None).unwrap();
    let found = versions(&catalog, &points, &below(&fixture, b"a/f"));
    let points: Vec<_> = found.iter().map(|it| it.points).collect();
    assert_eq!(points, [2]);
}

#[test]
fn names_that_are_no_text_are_found_and_have_versions() {
    let fixture = Fixture::new();
    fixture.write(OsStr::from_bytes(b"CAF\xe9 \n.txt"), "x");
    fixture.back_up();
    let catalog = catalog(&fixture);
    let points = catalog.points(&[], None).unwrap();
    let (found, _) = search(&catalog, &points, b"caf\xe9");
    let path = below(&fixture, b"CAF\xe9 \n.txt");
    assert_eq!(found.first().map(|it| &it.1), Some(&path));
    assert_eq!(versions(&catalog, &points, &path).len(), 1);
}

/// What a search should find: the whole listing of each point, filtered.
fn filtered(catalog: &Catalog, points: &[Arc<Point>], query: &str) -> Vec<(String, Vec<u8>)> {
    let query = query.to_lowercase();
    let mut seen = HashSet::new();
    let mut wanted = Vec::new();
    for point in points {
        let mut visit = |path: &[u8], node: Result<&Node, _>| {
            let node = node.unwrap();
            let name = String::from_utf8_lossy(&node.name).to_lowercase();
            let pieces: Vec<_> = node.blobs.iter().map(|blob| blob.id).collect();
            let state = (path.to_vec(), pieces, node.folder, node.mtime);
            if name.contains(&query) && seen.insert(state) {
                wanted.push((point.id.clone(), path.to_vec()));
            }
            ControlFlow::Continue(())
        };
        catalog
            .repository()
            .walk(&point.id, &[], &mut visit)
            .unwrap();
    }
    wanted.sort();
    wanted
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn a_search_is_the_listing_filtered(
        days in prop::collection::vec(
            prop::collection::vec(("[abAB]{1,2}(/[abAB]{1,2}){0,3}\\.x", 0..3_u8), 1..12),
            1..4,
        ),
        queries in prop::collection::vec("[abAB.x]{1,3}", 4),
    ) {
        let fixture = Fixture::new();
        for day in days {
            for (name, content) in day {
                fixture.write(name, [content]);
            }
            fixture.back_up();
        }
        let catalog = catalog(&fixture);
        let mut points = catalog.points(&[], None).unwrap();
        for query in queries {
            let found = |points: &[Arc<Point>]| {
                let (found, _) = search(&catalog, points, query.as_bytes());
                let mut found: Vec<_> = found.into_iter().map(|it| (it.0, it.1)).collect();
                found.sort();
                found
            };
            prop_assert_eq!(found(&points), filtered(&catalog, &points, &query));
            points.rotate_left(1);
            prop_assert_eq!(found(&points), filtered(&catalog, &points, &query));
        }
    }
}

/// `cargo test -p ocdeck-engine measure -- --ignored --nocapture`
#[test]
#[ignore = "prints figures"]
fn measure_a_search_over_59_000_names_and_20_points() {
    let fixture = Fixture::new();
    for folder in 0..590 {
        for file in 0..99 {
            let name = format!("{:02}/{folder:03}/report-{file:02}.txt", folder % 20);
            fixture.write(name, format!("{folder} {file}"));
        }
    }
    fixture.write("05/305/ledger.db", "0");
    fixture.back_up();
    for day in 1..20 {
        fixture.write("05/305/ledger.db", day.to_string());
        fixture.write(format!("{:02}/new-{day}.txt", day), "new");
        fixture.back_up();
    }
    let opened = Instant::now();
    let mut catalog = super::catalog(&fixture);
    println!("open: {:?}", opened.elapsed());
    let points = catalog.points(&[], None).unwrap();
    let newest = points.get(..1).unwrap();
    for (what, points, query) in [
        ("1 point, common name", newest, "report-42"),
        ("1 point, one file", newest, "LEDGER"),
        ("1 point, no hit", newest, "nowhere"),
        ("20 points, common name", &points[..], "report-42"),
        ("20 points, one file", &points[..], "LEDGER"),
        ("20 points, no hit", &points[..], "nowhere"),
        ("20 points again, one file", &points[..], "LEDGER"),
    ] {
        // Nothing is kept of the search before, except where it says so.
        if !what.contains("again") {
            catalog = Catalog::new(Arc::clone(catalog.repository()));
        }
        let began = Instant::now();
        let (mut hits, mut first) = (0, None);
        let mut tell = |news: SearchNews<'_>| {
            if matches!(news, SearchNews::Hit(..)) {
                hits += 1;
                first.get_or_insert_with(|| began.elapsed());
            }
            ControlFlow::Continue(())
        };
        let looked = catalog.search(points, &Pattern::new(query.as_bytes()), &mut tell);
        println!(
            "{what}: {hits} hits, first {first:?}, all {:?}; {} names, {} folders",
            began.elapsed(),
            looked.names,
            looked.folders
        );
    }
    let path = below(&fixture, b"05/305/ledger.db");
    let began = Instant::now();
    let found = versions(&catalog, &points, &path).len();
    println!("{found} versions over 20 points: {:?}", began.elapsed());
}
