using System.Security.Cryptography;

namespace Avion.Training;

/// <summary>Vectors of parts of videos that one model has looked at, by what the videos hold: in memory, and in a folder
/// for the next time.</summary>
/// <remarks>
/// <para>
/// A part is known by the SHA-256 of its video's bytes and by its times, whatever the video is called and however it was cut into windows.
/// A file is not read to be known again while its path, length and time of change are those under which it was seen; one that was moved or
/// touched is read once, without decoding, and one whose bytes have changed is a new one.
/// </para>
/// <para>
/// The folder <c>ROOT/DIGEST</c>, of what decides the numbers (weights, frames of a clip, precision), holds packs of vectors, each written
/// whole under a name of its own: processes that search at once add to it, and none changes what another wrote. Many small packs are put
/// together. A damaged one is told and removed. The folder may be removed at any time.
/// </para>
/// </remarks>
public sealed class FeatureCache
{
    private const int Version = 1, MostSmallPacks = 12, Attempts = 3;
    private const long SmallPackBytes = 32L << 20;

    private readonly FeatureExtractor _extractor;
    private readonly string _madeOf;
    private readonly Dictionary<string, CachedVideo> _byContent = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SeenVideo> _seen = new(StringComparer.Ordinal);
    private readonly HashSet<long> _lengths = [];
    private readonly List<string> _notes = [];

    private FeatureCache(FeatureExtractor extractor, string? folder, string madeOf) =>
        (_extractor, Folder, _madeOf) = (extractor, folder, madeOf);

    /// <summary>Where packs lie; null for memory alone.</summary>
    public string? Folder { get; private set; }

    /// <summary>What a user should know of the folder, in sentences: what was damaged, or cannot be written.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>A cache for one process.</summary>
    public static FeatureCache InMemory(FeatureExtractor extractor) => new(extractor, null, "");

    /// <summary>Opens a folder and reads what it holds for a model; where it cannot be made, memory alone is used, and told.</summary>
    /// <param name="extractor">The model.</param>
    /// <param name="root">Folder of caches of any number of models.</param>
    public static FeatureCache Open(FeatureExtractor extractor, string root)
    {
        string madeOf = string.Join('\n', $"version {Version}", $"weights {FileDigest.Of(extractor.ModelPath).Sha256}",
            extractor.FramesText, RunArithmetic.Of(extractor.Arithmetic).Precision);
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(madeOf)))[..16];
        FeatureCache cache = new(extractor, Path.Combine(root, name), madeOf);
        try
        {
            Directory.CreateDirectory(cache.Folder!);
            cache.Load();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            cache.GiveUp("be used", error);
        }

        return cache;
    }

    /// <summary>Where caches of a model lie: in its run, or beside its file; where nothing can be written there,
    /// in the folder of this user.</summary>
    /// <param name="model">What the user named: a run, a checkpoint, a pointer or a file.</param>
    /// <param name="note">Tells where it lies, if that is not beside the model.</param>
    /// <returns>The folder; null where there is none.</returns>
    public static string? RootFor(string model, out string? note)
    {
        const string name = "search-cache";
        string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(model));
        string folder = Directory.Exists(whole) ? whole : Path.GetDirectoryName(whole)!;

        // Checkpoints come and go, and hold nothing but themselves.
        if (File.Exists(Path.Combine(folder, CheckpointStore.StateFile)))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        if (Path.GetFileName(folder) == "checkpoints")
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        string beside = Path.Combine(folder, name);
        if (FolderAccess.WhyUnwritable(beside, isKept: true) is null)
        {
            note = null;
            return beside;
        }

        string? other = UserCache.Folder is { } user && FolderAccess.WhyUnwritable(Path.Combine(user, name), isKept: true) is null
            ? Path.Combine(user, name) : null;
        note = other is null
            ? $"Features are not kept: nothing can be written into '{beside}', nor into a folder of the user. "
                + "Name one with --cache."
            : $"Nothing can be written into '{beside}': features are kept in '{other}'.";
        return other;
    }

    /// <summary>What is known of a video; a new entry where that is nothing.</summary>
    /// <param name="video">The video.</param>
    /// <param name="stamp">Its <see cref="VideoFingerprint.StampOf"/>.</param>
    /// <param name="cancellation">Stops the reading of its bytes.</param>
    internal CachedVideo Find(StoredVideo video, string? stamp, CancellationToken cancellation)
    {
        if (stamp is null)
        {
            return new CachedVideo();
        }

        if (_seen.TryGetValue(stamp, out SeenVideo? seen))
        {
            return _byContent[seen.Content];
        }

        try
        {
            if (_lengths.Contains(VideoFingerprint.BytesOf(video)))
            {
                string content = VideoFingerprint.ContentOf(video, cancellation);
                return _byContent.TryGetValue(content, out CachedVideo? known) ? known : new CachedVideo(content);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Who reads its clips tells.
        }

        return new CachedVideo();
    }

    /// <summary>Whether a video is not yet known under the place where it lies now.</summary>
    internal bool IsNews(string stamp, CachedVideo video) =>
        !_seen.TryGetValue(stamp, out SeenVideo? seen) || seen.Content != video.Content
            || (seen.Start is null && video.Stretch is not null);

    /// <summary>Keeps features for the next time; there is a <see cref="Folder"/>.</summary>
    internal void Keep(FeaturePack pack)
    {
        foreach (SeenVideo video in pack.Videos)
        {
            Take(video);
        }

        try
        {
            pack.Write(NewPath(), _madeOf);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            GiveUp("be written", error);
        }
    }

    private string NewPath() => Path.Combine(Folder!, $"{Guid.NewGuid():N}{FeaturePack.Ending}");

    private void GiveUp(string what, Exception error)
    {
        _notes.Add($"The cache '{Folder}' cannot {what}, and is done without: {error.Message}");
        Folder = null;
    }

    private void Load()
    {
        List<(string Path, FeaturePack Pack)> small = [];
        foreach (string path in Directory.GetFiles(Folder!, "*" + FeaturePack.Ending).Order(StringComparer.Ordinal))
        {
            if (TryRead(path) is not { } pack)
            {
                continue;
            }

            Take(pack);
            if (new FileInfo(path) is { Exists: true, Length: < SmallPackBytes })
            {
                small.Add((path, pack));
            }
        }

        if (small.Count > MostSmallPacks)
        {
            Merge(small);
        }
    }

    /// <summary>A pack; null where it is damaged, which is told, or where another process has put it together with others in the meantime:
    /// what is missed then is computed again.</summary>
    private FeaturePack? TryRead(string path)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return FeaturePack.Read(path, _extractor.Outputs[0].Size, _madeOf);
            }
            catch (FileNotFoundException)
            {
                return null;
            }
            catch (Exception error) when (error is CheckpointException or InvalidDataException or EndOfStreamException)
            {
                _notes.Add($"A file of the cache is damaged and removed, and what it held is computed again: {error.Message}");
                TryDelete(path);
                return null;
            }
            catch (IOException) when (attempt < Attempts)
            {
                Thread.Sleep(10 * attempt);
            }
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next one tells it again.
        }
    }

    private void Take(FeaturePack pack)
    {
        foreach (SeenVideo video in pack.Videos)
        {
            Take(video);
        }

        for (int row = 0; row < pack.Features.Count; row++)
        {
            Of(pack.Features.Rows[row].File).Add(pack.Features.Rows[row].Span, pack.Features, row);
        }

        foreach (FailedPart failure in pack.Failures)
        {
            Of(failure.Content).Fail(failure.Span, failure.Reason);
        }
    }

    private void Take(SeenVideo video)
    {
        _seen[video.Stamp] = video;
        _lengths.Add(video.Bytes);
        CachedVideo known = Of(video.Content);
        known.Stretch ??= video is { Start: { } start, End: { } end } ? (start, end) : null;
    }

    private CachedVideo Of(string content) =>
        _byContent.TryGetValue(content, out CachedVideo? video) ? video : _byContent[content] = new CachedVideo(content);

    private void Merge(List<(string Path, FeaturePack Pack)> small)
    {
        FeatureSet features = new(_extractor.Outputs);
        HashSet<(string, ClipSpan)> rows = [];
        Dictionary<string, SeenVideo> videos = new(StringComparer.Ordinal);
        Dictionary<(string, ClipSpan), FailedPart> failures = [];
        foreach ((_, FeaturePack pack) in small)
        {
            for (int row = 0; row < pack.Features.Count; row++)
            {
                FeatureRow part = pack.Features.Rows[row];
                if (rows.Add((part.File, part.Span)))
                {
                    features.Add(part, pack.Features.Values(0, row).ToArray());
                }
            }

            foreach (SeenVideo video in pack.Videos)
            {
                videos[video.Stamp] = video.Start is null && videos.TryGetValue(video.Stamp, out SeenVideo? before)
                    && before.Content == video.Content
                    ? before : video;
            }

            foreach (FailedPart failure in pack.Failures)
            {
                failures[(failure.Content, failure.Span)] = failure;
            }
        }

        try
        {
            new FeaturePack { Features = features, Videos = [.. videos.Values], Failures = [.. failures.Values] }.Write(NewPath(), _madeOf);
            small.ForEach(part => TryDelete(part.Path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The small ones stay.
        }
    }
}
