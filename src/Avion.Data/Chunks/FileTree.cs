using System.Collections.Concurrent;
using Avion.Video;

namespace Avion.Data;

/// <summary>Videos in one file each, found by their names below a root.</summary>
/// <remarks>The tree is listed once; a name that leads out of it, from the root of the file system or by <c>..</c>, or that has an ending
/// which no video has, is taken as it stands.</remarks>
public sealed class FileTree : VideoStore
{
    private readonly string _root;
    private readonly VideoNames _names;
    private readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, VideoLength>> _lengths = new(StringComparer.Ordinal);

    /// <summary>Lists a tree.</summary>
    /// <exception cref="DataException">There is no such folder.</exception>
    public FileTree(string root)
    {
        _root = Path.GetFullPath(root);
        _names = Directory.Exists(_root)
            ? VideoWalk.Find(_root, areFolders: false)
            : throw new DataException($"There is no video folder '{_root}'.");
    }

    /// <inheritdoc/>
    public override string Location => _root;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems => _names.Problems;

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Names => _names.Paths;

    /// <inheritdoc/>
    internal override StoredVideo? TryFind(string name, out bool isShortened)
    {
        isShortened = false;
        if (Path.IsPathRooted(name) && RegularFile.Exists(name))
        {
            return new StoredVideo(name, new VideoSource(name));
        }

        int number = _names.Find(name, out isShortened);
        if (number >= 0)
        {
            return new StoredVideo(name, new VideoSource(Path.Combine(_root, _names.Paths[number])));
        }

        // A path out of the tree, or an ending that no video has.
        string literal = Path.GetFullPath(Path.Combine(_root, name));
        return RegularFile.Exists(literal) ? new StoredVideo(name, new VideoSource(literal)) : null;
    }

    /// <inheritdoc/>
    internal override double KnownEndSeconds(StoredVideo video, double? framesPerSecond)
    {
        string path = video.SourceOf(0).Path;
        IReadOnlyDictionary<string, VideoLength> lengths = _lengths.GetOrAdd(Path.GetDirectoryName(path)!, IndexedLengths.OfFolder);
        return !lengths.TryGetValue(Path.GetFileName(path), out VideoLength length) ? double.PositiveInfinity
            : framesPerSecond is { } rate ? length.Frames / rate : length.Seconds;
    }

    /// <inheritdoc/>
    internal override bool ConfirmsEnd(StoredVideo video) => IndexedLengths.IsCurrent(video.SourceOf(0));

    /// <inheritdoc/>
    protected override string WhyMissing(string name) => AreChunks
        ? $"'{_root}' has folders of chunks. Set chunk_seconds to their length."
        : $"'{_root}' has {Count} videos, and none of that name.";

    /// <summary>All videos lie in folders that are named like videos.</summary>
    private bool AreChunks =>
        Count > 0 && _names.Paths.All(path => VideoNames.IsVideoEnding(Path.GetExtension(Path.GetDirectoryName(path.AsSpan()))));
}
