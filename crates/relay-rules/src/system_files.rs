//! Files that operating systems put into folders by themselves, and that find their way into archives: no producer means
//! them, and nothing of a package is in them.

/// Folders whose whole content is of that kind.
const FOLDERS: &[&str] = &[
    // Finder's archives have a folder of attributes beside the files; the others are on every volume of macOS.
    "__MACOSX",
    ".AppleDouble",
    ".DocumentRevisions-V100",
    ".Spotlight-V100",
    ".TemporaryItems",
    ".Trashes",
    ".fseventsd",
    // Windows.
    "$RECYCLE.BIN",
    "System Volume Information",
    // Network storage.
    "@eaDir",
];
/// Files; Windows does not tell capitals.
const FILES: &[&str] = &[
    ".DS_Store",
    ".VolumeIcon.icns",
    ".apdisk",
    ".localized",
    "Thumbs.db",
    "Thumbs.db:encryptable",
    "desktop.ini",
    "ehthumbs.db",
    "ehthumbs_vista.db",
];
/// `AppleDouble`: the attributes of the file whose name follows (RFC 1740, section 5, as macOS writes it).
const ATTRIBUTES_OF: &str = "._";
/// Stands at the end of an archive's name in the path of what is in it.
const NESTING_MARK: char = '!';

/// Whether a path within an archive is that of a file of the operating system, or of what is in an archive that is one.
pub fn is_system_file(path: &str) -> bool {
    let mut segments = path.split('/');
    segments.next_back().is_some_and(is_system_name)
        || segments.any(|folder| match folder.strip_suffix(NESTING_MARK) {
            Some(archive) => is_system_name(archive),
            None => is_among(FOLDERS, folder),
        })
}

fn is_system_name(name: &str) -> bool {
    let is_attributes = name.len() > ATTRIBUTES_OF.len() && name.starts_with(ATTRIBUTES_OF);
    is_attributes || is_among(FILES, name)
}

/// Whether a path within an archive is that of a folder of the operating system, or of one in such a folder.
pub fn is_system_folder(path: &str) -> bool {
    path.split('/').any(|folder| is_among(FOLDERS, folder))
}

fn is_among(names: &[&str], name: &str) -> bool {
    names.iter().any(|system| system.eq_ignore_ascii_case(name))
}
