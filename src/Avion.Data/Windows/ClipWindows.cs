using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Avion.Video;

namespace Avion.Data;

/// <summary>A video that cannot be read, and why.</summary>
public sealed record BadVideo(string Name, string Reason);

/// <summary>The clips of videos that something is computed of: whole videos, annotated stretches, or windows
/// that slide over either.</summary>
/// <remarks>A clip is a row of <see cref="Table"/>: 24 bytes, however many there are. Files are opened here only where windows are cut, for
/// their length; one that cannot be read is listed and has no windows.</remarks>
/// <param name="table">The clips, in the order in which they are read.</param>
/// <param name="store">Their videos.</param>
public sealed class ClipWindows(ClipTable table, VideoStore store)
{
    /// <summary>The clips, in the order in which they are read.</summary>
    public ClipTable Table => table;

    /// <summary>Their videos.</summary>
    public VideoStore Store => store;

    /// <summary>How clips were cut.</summary>
    public WindowRule Rule { get; private init; }

    /// <summary>Videos that cannot be read, in the order of the table.</summary>
    public IReadOnlyList<BadVideo> Bad { get; private init; } = [];

    /// <summary>Cuts clips into windows.</summary>
    /// <param name="clips">Whole videos, or stretches of them.</param>
    /// <param name="store">Their videos.</param>
    /// <param name="rule">How they are cut.</param>
    /// <param name="openSource">Makes one reader for each thread.</param>
    /// <param name="threads">Threads that open videos; 0: one per processor.</param>
    /// <param name="progress">Called with the number of videos opened; null for none.</param>
    /// <param name="cancellation">Stops between videos.</param>
    /// <param name="known">Videos that need not be opened; those that are opened are added. Null for none.</param>
    public static ClipWindows Cut(ClipTable clips, VideoStore store, WindowRule rule, Func<IClipSource> openSource, int threads = 0,
        Action<int>? progress = null, CancellationToken cancellation = default, VideoStretches? known = null)
    {
        if (rule.IsWhole)
        {
            return new ClipWindows(clips, store);
        }

        (double Start, double End)[] stretches = new (double, double)[clips.Videos.Count];
        string?[] reasons = new string?[stretches.Length];
        Measure(clips, store, openSource, threads, stretches, reasons, progress, known ?? new VideoStretches(), cancellation);
        ClipTable windows = new(clips.Name) { Notes = clips.Notes };
        for (int clip = 0; clip < clips.Count; clip++)
        {
            ClipRow row = clips[clip];
            if (reasons[row.Video] is not null)
            {
                continue;
            }

            (double start, double end) = stretches[row.Video];
            (start, end) = row.Span.IsWhole ? (start, end) : (row.Span.Start, Math.Max(Math.Min(row.Span.End, end), row.Span.Start));
            foreach (ClipSpan span in rule.Cut(start, end))
            {
                windows.Add(clips.Videos[row.Video], span);
            }
        }

        return new ClipWindows(windows, store)
        {
            Rule = rule,
            Bad = [.. reasons.Select((reason, video) => (reason, video)).Where(bad => bad.reason is not null)
                .Select(bad => new BadVideo(clips.Videos[bad.video], bad.reason!))],
        };
    }

    /// <summary>A digest of what is read: names, times, and of each file its length and last change.</summary>
    public string ComputeDigest()
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Dictionary<string, (long Length, long Changed)> files = new(StringComparer.Ordinal);
        foreach (string name in table.Videos)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(name + '\0'));
            StoredVideo? video = FindOrNull(name);
            for (int chunk = 0; chunk < (video?.ChunkCount ?? 0); chunk++)
            {
                VideoSource source = video!.SourceOf(chunk);
                if (!files.TryGetValue(source.Path, out (long Length, long Changed) file))
                {
                    FileInfo info = new(source.Path);
                    files[source.Path] = file = info.Exists ? (info.Length, info.LastWriteTimeUtc.Ticks) : (-1, 0);
                }

                hash.AppendData(MemoryMarshal.AsBytes<long>([video.StartOf(chunk), source.Offset, file.Length, file.Changed]));
            }
        }

        for (int clip = 0; clip < table.Count; clip++)
        {
            ClipRow row = table[clip];
            hash.AppendData(MemoryMarshal.AsBytes<double>([row.Video, row.Span.Start, row.Span.End]));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private StoredVideo? FindOrNull(string name)
    {
        try
        {
            return store.TryFind(name, out _);
        }
        catch (DataException)
        {
            return null;
        }
    }

    /// <summary>When a video begins and ends, in seconds, by the rate that counts its frames.</summary>
    internal static (double Start, double End) StretchOf(StoredVideo video, IClipSource source)
    {
        int last = video.ChunkCount - 1;
        double rate = video.FramesPerSecond(source);
        return (video.StartOf(0), video.StartOf(last) + (source.GetShape(video.SourceOf(last)).FrameCount / rate));
    }

    private static void Measure(ClipTable clips, VideoStore store, Func<IClipSource> openSource, int threads,
        (double Start, double End)[] stretches, string?[] reasons, Action<int>? progress, VideoStretches known,
        CancellationToken cancellation)
    {
        int next = -1, done = 0, count = Math.Clamp(threads > 0 ? threads : Environment.ProcessorCount, 1, Math.Max(stretches.Length, 1));
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = count, CancellationToken = cancellation };
        Parallel.For(0, count, parallel, _ =>
        {
            using IClipSource source = openSource();
            for (int video = Interlocked.Increment(ref next); video < stretches.Length; video = Interlocked.Increment(ref next))
            {
                cancellation.ThrowIfCancellationRequested();
                try
                {
                    stretches[video] = known.GetOrMeasure(clips.Videos[video], name => StretchOf(store.Find(name), source));
                }
                catch (Exception error) when (DecodeThread.IsClipError(error))
                {
                    reasons[video] = error.Message;
                }

                progress?.Invoke(Interlocked.Increment(ref done));
            }
        });
    }
}
