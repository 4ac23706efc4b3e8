package io.sampo.persistence.log;

import java.nio.file.Path;

/// What the log of one partition is made of; its parts share it.
///
/// @param parent syncs the entry of `directory`
/// @param writeLock held while the meta journal or the segments change by more than one step
/// @param housekeeping held while closed segments are exchanged or removed; taken before `writeLock`
record LogParts(
        Path directory,
        StoreServices services,
        Segments segments,
        MetaJournal meta,
        Checkpoints checkpoints,
        LogReader reader,
        ControlState control,
        LogHealth health,
        SegmentSync.EntrySync parent,
        Object writeLock,
        Object housekeeping,
        DamageMark damage) {}
