namespace Avion.Video;

/// <summary>
/// One video on its way from source to a folder of chunks. Everything that is done is in its work folder, so that a killed run goes on:
/// <c>chunks/</c> holds the finished chunks under their final names, <c>part-N.done</c> says that part N's are all there (and is written
/// after they are on the disk), the last step adds index and <c>source.json</c> and renames <c>chunks/</c>.
/// </summary>
internal sealed class VideoWork
{
    private const string FactsName = "facts";
    private const string ChunksName = "chunks";
    private readonly PrepareOptions _options;
    private readonly string _root;
    private readonly string _target;
    private readonly long[] _framesOfPart;

    private VideoWork(SourceVideo source, SourceFacts facts, PrepareOptions options, string root, string target)
    {
        Source = source;
        Facts = facts;
        _options = options;
        _root = root;
        _target = target;
        Parts = PartPlan.For(facts, options);
        _framesOfPart = new long[Parts.Count];
    }

    public SourceVideo Source { get; }

    public SourceFacts Facts { get; }

    public IReadOnlyList<Part> Parts { get; }

    /// <summary>Frames written so far, for display.</summary>
    public long FramesWritten => _framesOfPart.Sum();

    /// <summary>Frames that the header promises; null where it does not.</summary>
    public double? FramesDeclared => Facts.DurationSeconds * _options.FramesPerSecond.Numerator / _options.FramesPerSecond.Denominator;

    private string ChunkFolder => Path.Combine(_root, ChunksName);

    /// <summary>Whether the chunks of a source are already in place, whole, made with the same settings.</summary>
    public static bool IsUpToDate(SourceVideo source, PrepareOptions options, string target)
    {
        ChunkManifest? manifest = ChunkManifest.TryRead(target);
        return manifest is not null && manifest.IsFor(source, options) && HasWholeChunks(target, manifest);
    }

    /// <summary>Whether all chunks are there and as long and as old as the index has them, or else with the same bytes.</summary>
    private static bool HasWholeChunks(string folder, ChunkManifest manifest)
    {
        try
        {
            using IndexFile index = IndexFile.Open(Path.Combine(folder, IndexFile.NameInFolder));
            return Enumerable.Range(0, manifest.Chunks).Select(manifest.NameOfChunk).All(name =>
                RegularFile.Exists(Path.Combine(folder, name))
                    && index.Find(name)?.IsUnchanged(new VideoSource(Path.Combine(folder, name))) == true);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Opens the work folder of a video; work on an older source or with other settings is thrown away.</summary>
    /// <param name="source">The video.</param>
    /// <param name="options">Settings.</param>
    /// <param name="workFolder">Folder of all unfinished videos.</param>
    /// <param name="targetRoot">Folder below which the chunks go.</param>
    /// <param name="cancellation">Ends the probe.</param>
    public static VideoWork Open(SourceVideo source, PrepareOptions options, string workFolder, string targetRoot,
        CancellationToken cancellation)
    {
        string root = RootOf(source, workFolder);
        string target = TargetBelow(targetRoot, source);
        string stampPath = Path.Combine(root, FactsName);
        string stamp = StampOf(source, options);
        bool isLink = FileStatus.Of(root, followsLinks: false).Kind == FileKind.Link
            || FileStatus.Of(Path.Combine(root, ChunksName), followsLinks: false).Kind == FileKind.Link;
        if (isLink || !RegularFile.Exists(stampPath) || File.ReadAllText(stampPath) != stamp)
        {
            DurableFiles.DeleteFolder(root);
        }

        SourceFacts facts = SourceFacts.Read(source.Path, FFprobeBeside(options.FFmpegProgram), cancellation);
        VideoWork work = new(source, facts, options, root, target);
        Directory.CreateDirectory(work.ChunkFolder);
        DurableFiles.Write(stampPath, Encoding.UTF8.GetBytes(stamp));
        foreach (string leftover in Directory.GetDirectories(root, "*.tmp"))
        {
            DurableFiles.DeleteFolder(leftover);
        }

        return work;
    }

    /// <summary>Removes what a run left that was killed between putting the folder in its place and tidying up.</summary>
    public static void Discard(SourceVideo source, string workFolder) => DurableFiles.DeleteFolder(RootOf(source, workFolder));

    /// <summary>Removes the work folder of a bad video, unless finished parts in it would spare a later run their time.</summary>
    public void DiscardIfNothingIsDone()
    {
        if (!Parts.Any(part => File.Exists(MarkerOf(part))))
        {
            DurableFiles.DeleteFolder(_root);
        }
    }

    /// <summary>The <c>ffprobe</c> that belongs to an <c>ffmpeg</c>.</summary>
    public static string FFprobeBeside(string ffmpeg) => Path.Combine(
        Path.GetDirectoryName(ffmpeg) ?? string.Empty,
        Path.GetFileName(ffmpeg).Replace("ffmpeg", "ffprobe", StringComparison.Ordinal));

    /// <summary>Whether a part was finished by an earlier run.</summary>
    public bool IsDone(Part part)
    {
        if (!RegularFile.Exists(MarkerOf(part)))
        {
            return false;
        }

        try
        {
            _framesOfPart[part.Number] = FramesOf(part).Sum(frames => (long)frames);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            return false;
        }
    }

    /// <summary>Encodes a part and puts its chunks beside those of the other parts.</summary>
    public void Encode(Part part, Action onProgress, CancellationToken cancellation)
    {
        // A name of its own for every attempt: an encoder that outlived a killed run cannot write into this one's files.
        string folder = Path.Combine(_root, $"part-{part.Number}.{Guid.NewGuid():N}.tmp");
        Directory.CreateDirectory(folder);
        try
        {
            List<EncodedChunk> chunks = PartEncoder.Encode(Source.Path, Facts, part, folder, _options, Observe, cancellation);
            foreach (EncodedChunk chunk in chunks)
            {
                DurableFiles.Sync(chunk.Path);
                File.Move(chunk.Path, ChunkPath(chunk.Number), overwrite: true);
            }

            DurableFiles.SyncFolder(ChunkFolder);
            DurableFiles.Write(MarkerOf(part), Encoding.UTF8.GetBytes(string.Join(' ', chunks.Select(chunk => chunk.Frames))));
            _framesOfPart[part.Number] = chunks.Sum(chunk => (long)chunk.Frames);
        }
        finally
        {
            DurableFiles.DeleteFolder(folder);
        }

        void Observe(long frames)
        {
            _framesOfPart[part.Number] = frames;
            onProgress();
        }
    }

    /// <summary>When all parts are done: checks the whole, writes index and manifest, and puts the folder in its place.</summary>
    public ChunkManifest Publish(CancellationToken cancellation)
    {
        List<int> framesOfChunk = CollectChunks();
        long frames = framesOfChunk.Sum(count => (long)count);
        double seconds = _options.FramesPerSecond.SecondsOf(frames);
        string? damage = DamageOf(frames, seconds, cancellation);
        if (damage is not null && (frames == 0 || !_options.KeepDamaged))
        {
            throw new VideoException(VideoErrorKind.Truncated, Source.Path, damage, seconds);
        }

        ChunkManifest manifest = WriteIndex(framesOfChunk.Count) with
        {
            Chunks = framesOfChunk.Count,
            Frames = frames,
            DurationSeconds = seconds,
            Damage = damage,
        };
        manifest.Write(ChunkFolder);
        DurableFiles.SyncFolder(ChunkFolder);
        string replaced = Path.Combine(_root, "replaced");
        DurableFiles.DeleteFolder(replaced);
        Directory.CreateDirectory(Path.GetDirectoryName(_target)!);
        RequireOwn(_target, Source);
        if (Directory.Exists(_target))
        {
            Directory.Move(_target, replaced);
        }

        Directory.Move(ChunkFolder, _target);
        DurableFiles.SyncFolder(Path.GetDirectoryName(_target)!);
        DurableFiles.DeleteFolder(_root);
        return manifest;
    }

    /// <summary>Where the chunks go; refused where a link leads elsewhere, or where others' files lie.</summary>
    private static string TargetBelow(string targetRoot, SourceVideo source)
    {
        try
        {
            string target = new FolderScope(targetRoot).Resolve(source.Target, $"The source '{source.Path}'");
            RequireOwn(target, source);
            return target;
        }
        catch (InvalidDataException exception)
        {
            throw new VideoException(VideoErrorKind.Unsupported, source.Path, exception.Message, innerException: exception);
        }
    }

    /// <summary>Only a folder of chunks may be replaced by newer ones: what else lies in it would be lost.</summary>
    private static void RequireOwn(string target, SourceVideo source)
    {
        foreach (string entry in Directory.Exists(target)
            ? Directory.EnumerateFileSystemEntries(target)
            : File.Exists(target) ? [target] : [])
        {
            string name = Path.GetFileName(entry);
            bool isOwn = entry != target && (name.StartsWith(ChunkManifest.FileName, StringComparison.Ordinal)
                || name.StartsWith(IndexFile.NameInFolder, StringComparison.Ordinal) || name == VerifyJournal.FileName
                || (name.EndsWith(".mp4", StringComparison.Ordinal) && name.AsSpan(0, name.Length - 4).IndexOfAnyExceptInRange('0', '9') < 0
                    && !Directory.Exists(entry)));
            if (!isOwn)
            {
                throw new VideoException(
                    VideoErrorKind.Unsupported, source.Path,
                    $"'{entry}' is where its chunks would go, and is none of them; move it, or choose another destination");
            }
        }
    }

    private static string RootOf(SourceVideo source, string workFolder) =>
        Path.Combine(workFolder, IndexFile.HashOf(source.Target).ToString("x16", CultureInfo.InvariantCulture));

    private static string StampOf(SourceVideo source, PrepareOptions options) =>
        string.Create(CultureInfo.InvariantCulture, $"{source.Relative}\n{source.Bytes}\n{source.Modified:O}\n{options.Describe()}\n");

    /// <summary>Frames of each chunk of the video, in order; chunks after a short one would be misplaced in time.</summary>
    private List<int> CollectChunks()
    {
        List<int> frames = [];
        bool over = false;
        foreach (Part part in Parts)
        {
            IReadOnlyList<int> ofPart = FramesOf(part);
            if (over && ofPart.Count > 0)
            {
                throw new VideoException(
                    VideoErrorKind.Corrupt, Source.Path,
                    $"no pictures can be decoded between second {frames.Count * _options.ChunkSeconds} and second "
                        + $"{part.FirstChunk * _options.ChunkSeconds}");
            }

            frames.AddRange(ofPart);
            over |= ofPart.Count < part.ChunkCount || (ofPart.Count > 0 && ofPart[^1] < _options.FramesPerChunk);
        }

        return frames;
    }

    /// <summary>What was decoded is held against the packets, and, where the header says more than they do, against it too.</summary>
    private string? DamageOf(long frames, double seconds, CancellationToken cancellation)
    {
        const double toleratedSeconds = 1;
        const double toleratedShare = 0.02;
        if (frames == 0)
        {
            return "no picture of it can be decoded";
        }

        PacketSpan packets = PacketSpan.Read(
            Source.Path, FFprobeBeside(_options.FFmpegProgram), mayRestart: !Facts.CanSeek, _options.StallSeconds, cancellation);
        if (frames < packets.FewestFrames(Facts.FirstSeconds, _options.FramesPerSecond))
        {
            double last = packets.LastSeconds!.Value - Facts.FirstSeconds;
            return string.Create(CultureInfo.InvariantCulture,
                $"its pictures end after {seconds:0.0} s, but its {packets.Packets} packets go on until {last:0.0} s; re-encode it");
        }

        return Facts is { DurationIsOfVideo: true, DurationSeconds: { } declared }
            && declared - seconds > Math.Max(toleratedSeconds, declared * toleratedShare)
            ? string.Create(CultureInfo.InvariantCulture, $"its pictures end after {seconds:0.0} s, but its header declares "
                + $"{declared:0.0} s")
            : null;
    }

    private ChunkManifest WriteIndex(int chunkCount)
    {
        long bytes = 0;
        int width = 0;
        int height = 0;
        using IndexFileWriter writer = new(Path.Combine(ChunkFolder, IndexFile.NameInFolder));
        for (int number = 0; number < chunkCount; number++)
        {
            VideoInfo info = ContainerIndex.Read(ChunkPath(number));
            IndexRecord record = IndexRecord.Describe(Path.GetFileName(info.Path), info.Source, info.Index, withChecksum: true);
            writer.Add(record);
            bytes += record.Length;
            (width, height) = (info.Width, info.Height);
        }

        writer.Complete();
        return new ChunkManifest
        {
            Source = Source.Relative,
            SourceBytes = Source.Bytes,
            SourceModified = Source.Modified,
            Settings = _options.Describe(),
            ChunkSeconds = _options.ChunkSeconds,
            FramesPerSecond = _options.FramesPerSecond.ToString(),
            Width = width,
            Height = height,
            Bytes = bytes,
        };
    }

    private int[] FramesOf(Part part) =>
    [
        .. File.ReadAllText(MarkerOf(part)).Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(text => int.Parse(text, CultureInfo.InvariantCulture)),
    ];

    private string MarkerOf(Part part) => Path.Combine(_root, $"part-{part.Number}.done");

    private string ChunkPath(int number) => Path.Combine(ChunkFolder, ChunkManifest.ChunkName(number, _options.ChunkSeconds));
}
