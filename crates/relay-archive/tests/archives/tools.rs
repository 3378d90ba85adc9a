//! Archives made by tools that share no code with this crate: Python's zipfile, tarfile, gzip, bz2 and lzma. And what tarfile
//! finds in archives that it did not make is what this crate finds.

use std::io::Write as _;
use std::process::{Command, Stdio};

use relay_archive::{ArchiveFormat, ArchiveRule, recognize};
use relay_testing::bombs;

use crate::support::*;

/// The variable that names a Python; `scripts/lib.sh` makes one.
const PYTHON_VARIABLE: &str = "HYBRID_TEST_PYTHON";

const PRELUDE: &str = r"
import io, sys, tarfile, zipfile
FILES = [('d/a.csv', b'a,b\n1,2\n' * 3000), ('d/empty', b''), ('d/zahlen-\u00e4.csv', b'1\n'), ('x' * 90 + '/' + 'y' * 150, b'long')]
class Pipe(io.RawIOBase):
    def writable(self): return True
    def seekable(self): return False
    def write(self, data): return sys.stdout.buffer.write(data)
def zips(target, method, large=False, directory=True):
    with zipfile.ZipFile(target, 'w', method) as archive:
        if directory: archive.mkdir('d')
        for name, content in FILES:
            with archive.open(name, 'w', force_zip64=large) as entry: entry.write(content)
def tars(target, mode, form, **more):
    with tarfile.open(fileobj=target, mode=mode, format=form, **more) as archive:
        for name, content in FILES:
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.uname = len(content), 1700000000.25, 'j\u00fcrgen'
            archive.addfile(info, io.BytesIO(content))
def buffered(make):
    buffer = io.BytesIO()
    make(buffer)
    sys.stdout.buffer.write(buffer.getvalue())
";

fn python(code: &str) -> Vec<u8> {
    python_reading(code, &[])
}

/// The same, with bytes on its standard input.
#[expect(
    clippy::disallowed_methods,
    reason = "which Python is the business of whoever runs the tests"
)]
fn python_reading(code: &str, input: &[u8]) -> Vec<u8> {
    let python = std::env::var(PYTHON_VARIABLE)
        .unwrap_or_else(|_| panic!("{PYTHON_VARIABLE} is not set: run scripts/test, which makes one and sets it"));
    let mut child = Command::new(python)
        .args(["-c", &format!("{PRELUDE}\n{code}")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Less than a pipe holds, so nobody waits for anybody.
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn files() -> Vec<(String, Option<Vec<u8>>)> {
    let long = format!("{}/{}", "x".repeat(90), "y".repeat(150));
    [
        ("d/a.csv", b"a,b\n1,2\n".repeat(3000)),
        ("d/empty", Vec::new()),
        ("d/zahlen-\u{e4}.csv", b"1\n".to_vec()),
        (long.as_str(), b"long".to_vec()),
    ]
    .map(|(name, content)| (name.to_owned(), Some(content)))
    .to_vec()
}

#[test]
fn python_zips_are_read() {
    let with_folder = [vec![("d".to_owned(), None)], files()].concat();
    for code in [
        "buffered(lambda target: zips(target, zipfile.ZIP_STORED))",
        "buffered(lambda target: zips(target, zipfile.ZIP_DEFLATED))",
        "buffered(lambda target: zips(target, zipfile.ZIP_STORED, large=True))",
        "buffered(lambda target: zips(target, zipfile.ZIP_DEFLATED, large=True))",
        "zips(Pipe(), zipfile.ZIP_DEFLATED)",
        "zips(Pipe(), zipfile.ZIP_DEFLATED, large=True)",
    ] {
        let bytes = python(code);
        assert_eq!(recognize(&bytes), Some(ArchiveFormat::Zip), "{code}");
        assert_eq!(entries(&bytes, ArchiveFormat::Zip), with_folder, "{code}");
    }
    let stored = python("zips(Pipe(), zipfile.ZIP_STORED)");
    assert_eq!(rule_of(&stored, ArchiveFormat::Zip), ArchiveRule::StoredWithoutLength);
    for method in ["ZIP_BZIP2", "ZIP_LZMA"] {
        let bytes = python(&format!("buffered(lambda target: zips(target, zipfile.{method}))"));
        assert_eq!(rule_of(&bytes, ArchiveFormat::Zip), ArchiveRule::MethodUnknown);
    }
}

#[test]
fn python_tars_are_read() {
    for form in ["USTAR_FORMAT", "GNU_FORMAT", "PAX_FORMAT"] {
        // The longest name does not fit ustar's two fields.
        let shorter = if form == "USTAR_FORMAT" { "FILES.pop();" } else { "" };
        let mut expected = files();
        if form == "USTAR_FORMAT" {
            expected.pop();
        }
        let cases = [
            ("w", ArchiveFormat::Tar),
            ("w|", ArchiveFormat::Tar),
            ("w:gz", ArchiveFormat::TarGzip),
            ("w|gz", ArchiveFormat::TarGzip),
            ("w:bz2", ArchiveFormat::TarBzip2),
            ("w|bz2", ArchiveFormat::TarBzip2),
            ("w:xz", ArchiveFormat::TarXz),
            ("w|xz", ArchiveFormat::TarXz),
        ];
        for (mode, format) in cases {
            // '|' is for targets that cannot seek.
            let target = if mode.contains('|') {
                format!("tars(sys.stdout.buffer, '{mode}', tarfile.{form})")
            } else {
                format!("buffered(lambda target: tars(target, '{mode}', tarfile.{form}))")
            };
            let bytes = python(&format!("{shorter}{target}"));
            assert_eq!(recognize(&bytes), Some(format), "{form} {mode}");
            assert_eq!(entries(&bytes, format), expected, "{form} {mode}");
        }
    }
    let global = python("tars(sys.stdout.buffer, 'w|', tarfile.PAX_FORMAT, pax_headers={'comment': 'hello'})");
    assert_eq!(entries(&global, ArchiveFormat::Tar), files());
}

/// Two readers agree on names and contents, whoever packed them.
#[test]
fn python_finds_the_same_entries() {
    let parts = [
        tar_entry("d/", b'5', b""),
        tar_entry("d/a.csv", b'0', b"a,b\n1,2\n"),
        tar_entry("./b.csv", b'0', &noise(20_000)),
        tar_entry("././@LongLink", b'L', format!("d/{}.csv\0", "n".repeat(150)).as_bytes()),
        tar_entry("short", b'0', b"long"),
        tar_entry("x", b'x', &pax_field("path", "d/\u{e4}.csv".as_bytes())),
        tar_entry("y", b'0', b"pax"),
    ];
    let plain = tar_of(&parts);
    let (front, back) = plain.split_at(1_000);
    let code = "sys.stdout.reconfigure(encoding='utf-8')\n\
                archive = tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read()))\n\
                for entry in archive:\n\
                \x20   content = '-' if entry.isdir() else archive.extractfile(entry).read().hex()\n\
                \x20   print(entry.name.removeprefix('./'), content)";
    let mut archives = packed(&plain);
    archives.extend(COMPRESSED.map(|(format, pack)| ([pack(front), pack(back)].concat(), format)));
    // Python reads zstd from version 3.14 on.
    archives.retain(|(_, format)| *format != ArchiveFormat::TarZstd);
    for (bytes, format) in archives {
        let told = String::from_utf8(python_reading(code, &bytes)).unwrap();
        let found: Vec<String> = entries(&bytes, format)
            .into_iter()
            .map(|(path, content)| {
                let hex = |content: Vec<u8>| content.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>();
                let content = content.map_or_else(|| "-".to_owned(), |content| hex(content).concat());
                format!("{path} {content}")
            })
            .collect();
        assert_eq!(told.lines().collect::<Vec<_>>(), found, "{}", format.name());
    }
}

#[test]
fn python_links_and_devices_are_refused() {
    let tar = |kind: &str| {
        python(&format!(
            "archive = tarfile.open(fileobj=sys.stdout.buffer, mode='w|')\n\
             info = tarfile.TarInfo('a'); info.type = tarfile.{kind}; info.linkname = '/etc/passwd'\n\
             archive.addfile(info); archive.close()"
        ))
    };
    for (kind, rule) in [
        ("SYMTYPE", ArchiveRule::Link),
        ("LNKTYPE", ArchiveRule::Link),
        ("CHRTYPE", ArchiveRule::Device),
        ("FIFOTYPE", ArchiveRule::Device),
    ] {
        assert_eq!(rule_of(&tar(kind), ArchiveFormat::Tar), rule);
    }
    let zip = python(
        "def make(target):\n\
         \x20   with zipfile.ZipFile(target, 'w') as archive:\n\
         \x20       info = zipfile.ZipInfo('a'); info.create_system = 3; info.external_attr = 0o120777 << 16\n\
         \x20       archive.writestr(info, '/etc/passwd')\n\
         buffered(make)",
    );
    assert_eq!(rule_of(&zip, ArchiveFormat::Zip), ArchiveRule::Link);
}

#[test]
fn python_finds_the_archive_that_contains_itself_in_itself() {
    let quine = bombs::zip_quine();
    let code = "archive = zipfile.ZipFile(io.BytesIO(sys.stdin.buffer.read()))\n\
                [name] = archive.namelist()\n\
                sys.stdout.buffer.write(archive.read(name))";
    assert_eq!(python_reading(code, &quine), quine);
}
