namespace Avion.Training;

/// <summary>Which keys a recipe states, rather than leaving them to their defaults.</summary>
/// <remarks>Recipes with the same values are the same recipe, whoever stated them: all objects of this class are equal.</remarks>
public sealed class StatedKeys : IEquatable<StatedKeys>
{
    private readonly HashSet<string> _paths;

    private StatedKeys(IEnumerable<string> paths) => _paths = new HashSet<string>(paths, StringComparer.Ordinal);

    /// <summary>No keys.</summary>
    public static StatedKeys None { get; } = new([]);

    /// <summary>These keys and more.</summary>
    public StatedKeys With(IEnumerable<string> paths) => new(_paths.Concat(paths));

    /// <summary>Whether a key is among them.</summary>
    public bool Contains(string path) => _paths.Contains(path);

    /// <inheritdoc />
    public bool Equals(StatedKeys? other) => other is not null;

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as StatedKeys);

    /// <inheritdoc />
    public override int GetHashCode() => 0;
}
