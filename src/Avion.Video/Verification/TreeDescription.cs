using System.Collections.Concurrent;

namespace Avion.Video;

/// <summary>Describes videos by their indexes or tables, without decoding a frame.</summary>
public static class TreeDescription
{
    private const int KindsListed = 20;

    /// <summary>Facts of one video.</summary>
    /// <exception cref="VideoException">It cannot be opened.</exception>
    public static VideoFacts DescribeFile(string path)
    {
        FFmpegLibraries.Require();
        if (FileStatus.Of(path).Kind == FileKind.Missing)
        {
            throw new VideoException(VideoErrorKind.NotFound, path, $"There is no file '{path}'.");
        }

        return Describe(path, new VideoSource(path), () => RecordBeside(path), CancellationToken.None);
    }

    /// <summary>Sums over a folder tree or a shard.</summary>
    /// <param name="root">Folder or shard.</param>
    /// <param name="jobs">Files that are opened at once.</param>
    /// <param name="onVideo">Called with the number of videos seen.</param>
    /// <param name="cancellation">Stops.</param>
    public static TreeFacts DescribeTree(string root, int jobs, Action<long>? onVideo = null, CancellationToken cancellation = default)
    {
        FFmpegLibraries.Require();
        Sums sums = new();
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = jobs, CancellationToken = cancellation };
        foreach (VideoFolder folder in VideoFolder.Find(Path.GetFullPath(root), cancellation))
        {
            using (folder)
            {
                sums.Add(folder.BadEntries);
                Parallel.ForEach(Partitioner.Create(folder.Videos, EnumerablePartitionerOptions.NoBuffering), parallel, video =>
                {
                    string name = folder.NameOf(video);
                    long seen = sums.Add(() => Describe(name, video.Source, () => folder.RecordOf(video, []), cancellation), name);
                    onVideo?.Invoke(seen);
                });
            }
        }

        return sums.ToFacts();
    }

    private static VideoFacts Describe(
        string name, VideoSource source, Func<IndexRecord?> recordOf, CancellationToken cancellation)
    {
        IndexRecord? record = recordOf();
        record = record?.IsCurrent(source) == true ? record : null;
        VideoInfo info = record is not null ? new VideoInfo(source, record.Index) : ContainerIndex.Read(source, cancellation);
        long bytes = source.Length >= 0 ? source.Length : new FileInfo(source.Path).Length;
        return new VideoFacts(
            name, bytes, info.Codec, info.Width, info.Height, info.RotationDegrees, info.FrameCount, info.FramesPerSecond,
            info.IsVariableRate, info.DurationSeconds, info.KeyframeCount, info.IsIndexed, record is not null);
    }

    private static IndexRecord? RecordBeside(string path)
    {
        string index = IndexFile.PathFor(new VideoSource(path));
        if (!RegularFile.Exists(index))
        {
            return null;
        }

        try
        {
            using IndexFile file = IndexFile.Open(index);
            return file.Find(Path.GetFileName(path));
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Adds up from several threads; memory grows with the kinds of videos, not with their number.</summary>
    private sealed class Sums
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, (long Videos, double Seconds)> _kinds = [];
        private readonly List<Problem> _bad = [];
        private TreeFacts _total = new(0, 0, 0, 0, 0, 0, 0, [], []);

        public long Add(Func<VideoFacts> describe, string name)
        {
            VideoFacts? facts = null;
            Problem? problem = null;
            try
            {
                facts = describe();
            }
            catch (Exception exception) when (Problem.IsOfOneFile(exception))
            {
                problem = Problem.Of(name, exception);
            }

            lock (_gate)
            {
                if (problem is not null)
                {
                    _bad.Add(problem);
                }

                if (facts is not null)
                {
                    Add(facts);
                }

                return _total.Videos + _bad.Count;
            }
        }

        public void Add(IReadOnlyList<Problem> bad)
        {
            lock (_gate)
            {
                _bad.AddRange(bad);
            }
        }

        public TreeFacts ToFacts() => _total with
        {
            Kinds =
            [
                .. _kinds.OrderByDescending(kind => kind.Value.Videos).ThenBy(kind => kind.Key, StringComparer.Ordinal).Take(KindsListed)
                    .Select(kind => new VideoKind(kind.Key, kind.Value.Videos, kind.Value.Seconds)),
            ],
            Bad = [.. _bad.OrderBy(problem => problem.Path, StringComparer.Ordinal)],
        };

        private void Add(VideoFacts facts)
        {
            string kind = string.Create(CultureInfo.InvariantCulture,
                $"{facts.Codec} {facts.Width}x{facts.Height} {facts.FramesPerSecond:0.##}/s");
            (long videos, double seconds) = _kinds.GetValueOrDefault(kind);
            _kinds[kind] = (videos + 1, seconds + facts.DurationSeconds);
            _total = _total with
            {
                Videos = _total.Videos + 1,
                Bytes = _total.Bytes + facts.Bytes,
                DurationSeconds = _total.DurationSeconds + facts.DurationSeconds,
                Frames = _total.Frames + facts.Frames,
                Keyframes = _total.Keyframes + facts.Keyframes,
                VariableRate = _total.VariableRate + (facts.IsVariableRate ? 1 : 0),
                WithIndex = _total.WithIndex + (facts.HasIndex ? 1 : 0),
            };
        }
    }
}
