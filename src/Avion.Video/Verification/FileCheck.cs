using Microsoft.Win32.SafeHandles;

namespace Avion.Video;

/// <summary>What a check learned of one video.</summary>
/// <param name="Problems">What is wrong; empty for a sound video.</param>
/// <param name="Frames">Frames: decoded ones after a full check.</param>
/// <param name="Seconds">Duration.</param>
/// <param name="Bytes">Bytes.</param>
internal sealed record FileCheckResult(List<Problem> Problems, long Frames, double Seconds, long Bytes);

/// <summary>Checks one video after another; one object per thread, which keeps its decoder.</summary>
internal sealed class FileCheck : IDisposable
{
    private readonly VerifyOptions _options;
    private readonly ClipReader _reader;
    private readonly ClipReader _alone;

    public FileCheck(VerifyOptions options)
    {
        _options = options;
        // The whole video is one request here, so that the deadline of a clip does not fit; Decode() sets its own.
        _reader = new ClipReader(new ClipReaderOptions
        {
            UseIndexFiles = false, Cache = new VideoInfoCache(capacityBytes: 0), DeadlineSeconds = 0,
            IndexDeadlineSeconds = options.DeadlineSeconds,
        });
        // Single frames are read as training reads them, by a reader that has not just been through the file.
        _alone = new ClipReader(new ClipReaderOptions { Cache = new VideoInfoCache(capacityBytes: 0) });
    }

    /// <summary>Checks a video.</summary>
    /// <param name="path">Its name in the report.</param>
    /// <param name="source">Where its bytes lie.</param>
    /// <param name="record">What the index says of it; null where there is no index.</param>
    /// <param name="secondsExpected">Seconds that it must last at least, or null.</param>
    /// <param name="cancellation">Stops the check.</param>
    public FileCheckResult Check(string path, in VideoSource source, IndexRecord? record, double? secondsExpected,
        CancellationToken cancellation)
    {
        List<Problem> problems = [];
        long bytes = 0;
        try
        {
            using SafeFileHandle file = RegularFile.Open(source.Path);
            bytes = source.Length >= 0 ? source.Length : RandomAccess.GetLength(file) - source.Offset;
            VideoInfo info = _reader.GetInfo(source, cancellation);
            CheckTables(path, info, bytes, problems);
            CheckContainer(path, file, source, info, problems);
            if (problems.Count == 0)
            {
                CheckPackets(path, file, info, problems);
            }

            CheckAgainstIndex(path, file, source, info, record, problems);
            CheckLength(path, info, secondsExpected, problems);
            if (problems.TrueForAll(problem => problem.Kind is not (ProblemKind.Truncated or ProblemKind.Corrupt)) && !_options.IsQuick)
            {
                Decode(path, source, info, record, problems, cancellation);
            }

            return new FileCheckResult(problems, info.FrameCount, info.DurationSeconds, bytes);
        }
        catch (Exception exception) when (Problem.IsOfOneFile(exception))
        {
            // Damage that makes the tables unreadable may look like a foreign file; the checksum knows better.
            bool hasChanged = exception is VideoException && !_options.IsQuick && record is not null && HasChanged(source, record);
            Problem problem = Problem.Of(path, exception);
            problems.Add(hasChanged ? problem with { Kind = ProblemKind.Corrupt } : problem);
        }

        return new FileCheckResult(problems, 0, 0, bytes);
    }

    public void Dispose()
    {
        _reader.Dispose();
        _alone.Dispose();
    }

    private static void CheckTables(string path, VideoInfo info, long bytes, List<Problem> problems)
    {
        if (Problem.OfMissingEnd(path, info, bytes) is { } missingEnd)
        {
            problems.Add(missingEnd);
        }

        const double longestFrameSeconds = 1000;
        if (!(info.DurationSeconds <= longestFrameSeconds * info.FrameCount))
        {
            problems.Add(new Problem(path, ProblemKind.Misdeclared,
                $"it declares {info.FrameCount} frames in {info.DurationSeconds:0} s, expected less than {longestFrameSeconds:0} s "
                    + "a frame"));
        }

        if (info.IsVariableRate)
        {
            problems.Add(new Problem(path, ProblemKind.VariableRate,
                $"the distances between its {info.FrameCount} frames differ; prepare it to get an even rate"));
        }
    }

    private static void CheckContainer(string path, SafeFileHandle file, in VideoSource source, VideoInfo info, List<Problem> problems)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        if (info.Index.Road == Road.Indexed || extension is not (".mp4" or ".m4v" or ".mov"))
        {
            return;
        }

        Span<byte> head = stackalloc byte[16];
        if (!Mp4Movie.IsMp4(head[..RandomAccess.Read(file, head, source.Offset)]))
        {
            problems.Add(new Problem(path, ProblemKind.Misdeclared, $"it is named {extension} but is no mp4 or mov file inside"));
        }
    }

    /// <summary>The first NAL unit of each picture at which decoding may begin, and of the last
    /// picture, must fit into its packet.</summary>
    private static void CheckPackets(string path, SafeFileHandle file, VideoInfo info, List<Problem> problems)
    {
        VideoIndex index = info.Index;
        if (index.Road != Road.Indexed || !index.HasNalUnits)
        {
            return;
        }

        Span<byte> head = stackalloc byte[8];
        for (int position = 0; position <= index.Keyframes.Length; position++)
        {
            int sample = position < index.Keyframes.Length ? index.Keyframes[position] : index.SampleCount - 1;
            int wanted = index.NalLengthBytes + 1;
            if (index.Sizes[sample] == 0)
            {
                continue;
            }

            bool isWhole = index.Sizes[sample] >= wanted &&
                RandomAccess.Read(file, head[..wanted], info.Source.Offset + index.Offsets[sample]) == wanted;
            long length = 0;
            for (int digit = 0; digit < index.NalLengthBytes; digit++)
            {
                length = (length << 8) | head[digit];
            }

            const byte forbiddenBit = 0x80;
            if (!isWhole || length == 0 || length > index.Sizes[sample] - index.NalLengthBytes
                || (head[index.NalLengthBytes] & forbiddenBit) != 0)
            {
                problems.Add(new Problem(
                    path, ProblemKind.Corrupt,
                    $"the packet of picture {sample} is damaged: its first unit declares {length} bytes in {index.Sizes[sample]}",
                    info.SecondsOfSample(sample)));
                return;
            }
        }
    }

    private static void CheckLength(string path, VideoInfo info, double? secondsExpected, List<Problem> problems)
    {
        // Chunks cut at keyframes, as others make them, may lack a frame or two.
        const double toleratedFrames = 2.5;
        if (secondsExpected is { } expected && info.DurationSeconds < expected - (toleratedFrames / Math.Max(1, info.FramesPerSecond)))
        {
            problems.Add(new Problem(
                path, ProblemKind.Short, $"it lasts {info.DurationSeconds:0.###} s, "
                    + $"though another chunk follows {expected:0} s after its start", info.DurationSeconds));
        }
    }

    private void CheckAgainstIndex(
        string path, SafeFileHandle file, in VideoSource source, VideoInfo info, IndexRecord? record, List<Problem> problems)
    {
        if (record is null)
        {
            return;
        }

        if (!record.IsCurrent(source))
        {
            problems.Add(new Problem(path, ProblemKind.StaleIndex, "the file was replaced since it was indexed"));
        }
        else if (!_options.IsQuick && record.Checksum is { } expected
            && IndexRecord.ChecksumOf(file, source.Offset, record.Length) is var found && found != expected)
        {
            problems.Add(new Problem(
                path, ProblemKind.Corrupt,
                $"its bytes changed since it was indexed, though not its length: checksum {found:x8}, expected {expected:x8}"));
        }

        if (info.FrameCount < record.Index.FrameCount)
        {
            problems.Add(new Problem(path, ProblemKind.Short, $"it has {info.FrameCount} frames, the index {record.Index.FrameCount}"));
        }
    }

    private static bool HasChanged(in VideoSource source, IndexRecord record)
    {
        using SafeFileHandle file = File.OpenHandle(source.Path);
        return record.Checksum is { } expected && IndexRecord.ChecksumOf(file, source.Offset, record.Length) != expected;
    }

    private void Decode(
        string path, in VideoSource source, VideoInfo info, IndexRecord? record, List<Problem> problems, CancellationToken cancellation)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // What a header declares may be more than a timer can count.
        const double longestSeconds = 7 * 24 * 3600;
        deadline.CancelAfter(TimeSpan.FromSeconds(
            Math.Clamp(_options.DeadlineSeconds + (2 * info.DurationSeconds), 1, longestSeconds)));
        int[] frames = new int[info.FrameCount];
        for (int frame = 0; frame < frames.Length; frame++)
        {
            frames[frame] = frame;
        }

        int[] decoded = [0];
        ulong[] pictures = new ulong[frames.Length];
        DigestSink sink = new(decoded, pictures);
        try
        {
            _reader.Decode(info, frames, ref sink, deadline.Token);
        }
        catch (VideoException exception) when (Problem.IsOfOneFile(exception))
        {
            Problem failure = Problem.Of(path, exception);
            problems.Add(failure with { Detail = $"{decoded[0]} of {info.FrameCount} frames were decoded. {failure.Detail}" });
            return;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            problems.Add(new Problem(path, ProblemKind.TooSlow,
                $"{decoded[0]} of {info.FrameCount} frames were decoded when its time was over"));
            return;
        }

        if (decoded[0] != info.FrameCount)
        {
            problems.Add(new Problem(path, ProblemKind.Misdeclared, $"it declares {info.FrameCount} frames and has {decoded[0]}"));
        }

        // Training takes what the index says where there is one.
        VideoInfo asTrained = record?.IsCurrent(source) == true ? new VideoInfo(source, record.Index, info.Stamp) : info;
        if (new RandomReads(_options.Reads, _options.Seed).Check(path, asTrained, pictures, ReadAlone) is { } problem)
        {
            problems.Add(problem);
        }

        ulong ReadAlone(int frame)
        {
            ulong[] alone = new ulong[1];
            DigestSink single = new([0], alone);
            _alone.Decode(asTrained, [frame], ref single, cancellation);
            return alone[0];
        }
    }

    /// <summary>Counts frames as they come out of the decoder, and keeps the digest of each.</summary>
    private readonly struct DigestSink(int[] count, ulong[] pictures) : IFrameSink
    {
        public void Accept(FramePointer frame, in FrameColor color, ReadOnlySpan<long> wanted)
        {
            count[0] += wanted.Length;
            ulong digest = PictureDigest.Of(frame);
            foreach (long entry in wanted)
            {
                pictures[ClipPlan.SlotOf(entry)] = digest;
            }
        }
    }
}
