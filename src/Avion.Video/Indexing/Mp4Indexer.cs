namespace Avion.Video;

/// <summary>Makes the index of an mp4 or mov file from its movie box.</summary>
internal static class Mp4Indexer
{
    /// <summary>
    /// The index of the file's main video track. Null for files that libavformat must read: other containers, and fragmented files, codecs
    /// or edits that the tables alone do not describe.
    /// </summary>
    public static VideoIndex? TryIndex(PositionedFile file, in VideoSource source, long length)
    {
        byte[]? movie = Mp4Movie.Read(file, source, length);
        if (movie is null)
        {
            return null;
        }

        try
        {
            return Parse(movie, source, length);
        }
        catch (InvalidDataException fault)
        {
            throw new VideoException(VideoErrorKind.Corrupt, source.Path, $"Cannot read '{source}': {fault.Message}.",
                innerException: fault);
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>What is said of a picture that no turn by quarters makes upright.</summary>
    public static VideoException Slanted(in VideoSource source) => new(
        VideoErrorKind.Unsupported, source.Path,
        $"Cannot read '{source}': it asks for a slanted picture; turns by 90, 180 and 270 degrees and mirrored ones are known. "
            + "Re-encode it.");

    private static VideoIndex? Parse(ReadOnlySpan<byte> movie, in VideoSource source, long length)
    {
        Mp4Box.TryFind(movie, "mvhd"u8, out ReadOnlySpan<byte> movieHeader);
        if (Mp4Box.TryFind(movie, "cmov"u8, out _) || Mp4Box.TryFind(movie, "mvex"u8, out _))
        {
            return null;
        }

        HashSet<uint> chapters = Chapters(movie);
        uint trackType = Mp4Box.TypeOf("trak"u8);
        Mp4Track chosen = default;
        Mp4SampleEntry entry = default;
        TrackRank rank = default;
        bool found = false;
        Mp4Box.Enumerator boxes = Mp4Box.Children(movie);
        while (boxes.MoveNext())
        {
            if (boxes.Current.Type != trackType || !Mp4Track.TryParse(boxes.Current.Content, movieHeader, out Mp4Track track) ||
                chapters.Contains(track.Id))
            {
                continue;
            }

            Mp4SampleEntry candidate = ReadEntry(track.SampleTable);
            bool isPicture = candidate.Format is "jpeg" or "png " && Mp4SampleTable.Count(track.SampleTable) == 1;
            TrackRank candidateRank = new(isPicture, track.IsEnabled, (long)candidate.Width * candidate.Height);
            if (!found || candidateRank.IsBefore(rank))
            {
                chosen = track;
                entry = candidate;
                rank = candidateRank;
                found = true;
            }
        }

        if (!found)
        {
            throw new VideoException(
                VideoErrorKind.NoVideoStream, source.Path,
                $"Cannot read '{source}': it has no video track; a file with pictures is expected.");
        }

        if (entry.Format == "encv")
        {
            throw new VideoException(VideoErrorKind.Unsupported, source.Path, $"Cannot read '{source}': its pictures are encrypted.");
        }

        return entry.CodecId == CodecIds.None || chosen.Edits.Count > 1 || !chosen.IsPlain ? null : Build(chosen, entry, source, length);
    }

    private static HashSet<uint> Chapters(ReadOnlySpan<byte> movie)
    {
        HashSet<uint> chapters = [];
        Mp4Box.Enumerator boxes = Mp4Box.Children(movie);
        while (boxes.MoveNext())
        {
            if (boxes.Current.Type == Mp4Box.TypeOf("trak"u8))
            {
                Mp4Track.AddChapters(boxes.Current.Content, chapters);
            }
        }

        return chapters;
    }

    private static Mp4SampleEntry ReadEntry(ReadOnlySpan<byte> sampleTable)
    {
        if (!Mp4Box.TryFind(sampleTable, "stsd"u8, out ReadOnlySpan<byte> box) || box.Length < 16)
        {
            throw new InvalidDataException("its table stsd is missing");
        }

        Mp4Box.Enumerator entries = Mp4Box.Children(box[8..]);
        if (!entries.MoveNext())
        {
            throw new InvalidDataException("its table stsd is cut short");
        }

        return Mp4SampleEntry.Parse(entries.Current.Type, entries.Current.Content);
    }

    private static VideoIndex Build(in Mp4Track track, in Mp4SampleEntry entry, in VideoSource source, long length)
    {
        int[] sizes = Mp4SampleTable.Sizes(track.SampleTable, length);
        long[] offsets = Mp4SampleTable.Offsets(track.SampleTable, sizes);
        (long[] timestamps, int[] durations) = Mp4SampleTable.Times(track.SampleTable, sizes.Length);
        if (track.TimeScale is 0 or > int.MaxValue)
        {
            throw new InvalidDataException($"its clock declares {track.TimeScale} ticks a second");
        }

        Orientation orientation = track.Orientation ?? throw Slanted(source);
        int[] sampleOfFrame = DisplayOrder(timestamps, sizes, track.Edits);
        if (sampleOfFrame.Length == 0)
        {
            throw new VideoException(VideoErrorKind.NoFrames, source.Path, $"Cannot read '{source}': its video track has no frames.");
        }

        if (entry.Width == 0 || entry.Height == 0)
        {
            throw new InvalidDataException($"its picture size is {entry.Width} × {entry.Height}");
        }

        return new VideoIndex
        {
            Road = Road.Indexed,
            Decoder = new DecoderParameters(
                entry.CodecId, entry.Tag, entry.ExtraData, entry.Width, entry.Height, entry.Color),
            CodecName = entry.CodecName,
            TemporalLayers = entry.TemporalLayers,
            CodedWidth = entry.Width,
            CodedHeight = entry.Height,
            Orientation = orientation,
            TimeBaseNumerator = 1,
            TimeBaseDenominator = (int)track.TimeScale,
            Offsets = offsets,
            Sizes = sizes,
            Timestamps = timestamps,
            SampleOfFrame = sampleOfFrame,
            Keyframes = Mp4SampleTable.Keyframes(track.SampleTable, sizes.Length),
            LastFrameTicks = durations[sampleOfFrame[^1]],
            SourceLength = length,
        };
    }

    /// <summary>
    /// The samples that the edit shows, by presentation time; samples of one time keep their order in the file. A sample without bytes only
    /// lengthens the one before it.
    /// </summary>
    private static int[] DisplayOrder(long[] timestamps, int[] sizes, List<Mp4Track.Edit> edits)
    {
        (long start, long duration) = edits.Count == 1 ? (edits[0].Start, edits[0].Duration) : (long.MinValue, long.MaxValue);
        long end = duration == long.MaxValue || start == long.MinValue ? long.MaxValue : start + duration;
        int[] samples = new int[timestamps.Length];
        int shown = 0;
        for (int sample = 0; sample < timestamps.Length; sample++)
        {
            if (sizes[sample] > 0 && timestamps[sample] >= start && timestamps[sample] < end)
            {
                samples[shown++] = sample;
            }
        }

        Array.Resize(ref samples, shown);
        Array.Sort(samples, (a, b) => timestamps[a] != timestamps[b] ? timestamps[a].CompareTo(timestamps[b]) : a.CompareTo(b));
        return samples;
    }
}
