using System.Collections.Concurrent;

namespace Avion.Video;

/// <summary>
/// Prepares a file or a folder tree of videos for training: chunks of equal length and rate, small, quick to enter anywhere, each folder
/// with its index. Safe to kill at any moment and to run again: finished videos and parts are kept, changed ones are made anew.
/// </summary>
public sealed class TreePreparation
{
    /// <summary>Programs that have said they can encode: each is asked once, for its start takes as long as many a chunk.</summary>
    private static readonly ConcurrentDictionary<string, bool> s_encoding = new();

    private readonly PrepareOptions _options;

    /// <exception cref="ArgumentException">The settings do not go together.</exception>
    public TreePreparation(PrepareOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>Says what <see cref="Run"/> would do, and changes nothing.</summary>
    public IEnumerable<PlannedVideo> Plan(string source, string destination, CancellationToken cancellation = default)
    {
        PreparationPaths.Check(source, destination);
        RequirePrograms();
        ShardFolder? shards = _options.ShardBytes > 0 ? ShardFolder.Open(Path.GetFullPath(destination)) : null;
        SourceListing listing = SourceTree.Find(source, cancellation);
        foreach (BadSource bad in listing.Bad)
        {
            yield return new PlannedVideo(bad.Source, string.Empty, PlannedAction.Refuse, null, bad.Reason);
        }

        foreach (SourceVideo video in listing.Videos)
        {
            cancellation.ThrowIfCancellationRequested();
            string target = Path.Combine(Path.GetFullPath(destination), video.Target);
            if (shards is not null ? shards.Holds(video, _options) : VideoWork.IsUpToDate(video, _options, target))
            {
                yield return new PlannedVideo(video.Relative, video.Target, PlannedAction.Nothing, null, null);
                continue;
            }

            SourceFacts? facts = null;
            string? reason = null;
            try
            {
                facts = SourceFacts.Read(video.Path, VideoWork.FFprobeBeside(_options.FFmpegProgram), cancellation);
            }
            catch (VideoException exception) when (exception.Kind != VideoErrorKind.LibraryMissing)
            {
                reason = exception.Message;
            }

            bool exists = shards is not null ? shards.HoldsName(video) : Directory.Exists(target);
            PlannedAction action = reason is not null ? PlannedAction.Refuse : exists ? PlannedAction.Again : PlannedAction.Prepare;
            yield return new PlannedVideo(video.Relative, video.Target, action, facts?.DurationSeconds, reason);
        }
    }

    /// <summary>Prepares every video below <paramref name="source"/> that is not prepared yet.</summary>
    /// <param name="source">A video or a folder of videos.</param>
    /// <param name="destination">Folder of the chunk tree or of the shards.</param>
    /// <param name="onProgress">Called from several threads, about twice a second and encoder.</param>
    /// <param name="cancellation">Stops the run; what is finished is kept.</param>
    /// <returns>What was done; bad videos are listed in it and stop nothing.</returns>
    /// <exception cref="IOException">The destination cannot be written, or is full.</exception>
    /// <exception cref="VideoException">The <c>ffmpeg</c> program or an FFmpeg library is missing.</exception>
    public PrepareReport Run(
        string source, string destination, Action<PrepareProgress>? onProgress = null, CancellationToken cancellation = default)
    {
        long started = Stopwatch.GetTimestamp();
        PreparationPaths.Check(source, destination);
        RequirePrograms();
        SourceListing listing = SourceTree.Find(source, cancellation);
        if (listing.Videos.Count == 0)
        {
            return new PrepareReport(listing.Bad.Count, 0, 0, listing.Bad, [], 0, 0, 0, 0, 0, 0) { PassedOver = listing.PassedOver };
        }

        using DestinationFolder folder = DestinationFolder.Open(destination);
        ShardFolder? shards = _options.ShardBytes > 0 ? ShardFolder.Open(folder.Path) : null;
        List<BadSource> bound = [];
        IReadOnlyList<BadSource> damaged = shards?.SetAsideDamaged(listing.Videos, bound) ?? [];
        bound.AddRange(shards?.DropOutdated(listing.Videos, _options, folder) ?? []);
        listing = listing with
        {
            Videos = [.. listing.Videos.ExceptBy(bound.Select(bad => bad.Source), video => video.Relative)],
            Bad = [.. listing.Bad, .. bound],
        };
        PreparationRun run = new(listing, damaged, _options, folder, shards, onProgress);
        run.Work(cancellation);
        int shardsWritten = shards?.Pack(folder.Unpacked, _options.ShardBytes, cancellation) ?? 0;
        return run.Report(shardsWritten, Stopwatch.GetElapsedTime(started).TotalSeconds) with { PassedOver = listing.PassedOver };
    }

    private void RequirePrograms()
    {
        FFmpegLibraries.Require();
        if (s_encoding.ContainsKey(_options.FFmpegProgram))
        {
            return;
        }

        FFmpegResult encoders = FFmpegProcess.Run(_options.FFmpegProgram, ["-hide_banner", "-encoders"], timeoutSeconds: 60,
            CancellationToken.None);
        if (!encoders.Output.Contains("libx264", StringComparison.Ordinal))
        {
            throw new VideoException(
                VideoErrorKind.LibraryMissing, _options.FFmpegProgram,
                $"The program '{_options.FFmpegProgram}' was built without the encoder libx264; install a build that has it.");
        }

        s_encoding.TryAdd(_options.FFmpegProgram, true);
    }
}
