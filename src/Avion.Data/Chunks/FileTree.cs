namespace Avion.Data;

/// <summary>Videos in one file each, named relative to a root; the ending is added where the name has none.</summary>
public sealed class FileTree : VideoStore
{
    private readonly string _root;
    private readonly string _extension;

    /// <summary>Opens a tree.</summary>
    /// <exception cref="DataException">There is no such folder.</exception>
    public FileTree(string root, string extension = "mp4")
    {
        _root = Path.GetFullPath(root);
        _extension = extension.TrimStart('.');
        if (!Directory.Exists(_root))
        {
            throw new DataException($"There is no video folder '{_root}'.");
        }
    }

    /// <inheritdoc/>
    public override string Location => _root;

    /// <inheritdoc/>
    public override StoredVideo Find(string name)
    {
        string bare = Path.Combine(_root, name);
        if (Path.HasExtension(name) && File.Exists(bare))
        {
            return new StoredVideo(name, new VideoSource(bare));
        }

        string full = $"{bare}.{_extension}";
        // Cameras and EPIC-KITCHENS write .MP4.
        foreach (string path in (string[])[full, $"{bare}.{_extension.ToUpperInvariant()}", $"{bare}.{_extension.ToLowerInvariant()}"])
        {
            if (File.Exists(path))
            {
                return new StoredVideo(name, new VideoSource(path));
            }
        }

        throw new DataException($"Video '{name}' is missing: there is no file '{(Path.HasExtension(name) ? bare : full)}'.");
    }
}
