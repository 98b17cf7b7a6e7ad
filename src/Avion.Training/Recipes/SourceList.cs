using System.Collections;

namespace Avion.Training;

/// <summary>One of several training sets that are mixed (keys <c>data.train.sources.NAME.*</c>).</summary>
public sealed record NamedSource(string Name, DataSourceRecipe Clips)
{
    /// <summary>How often an epoch goes through it, where shares do not decide.</summary>
    public double Passes { get; init; } = 1;

    /// <summary>Its part of an epoch, in relation to the shares of the others; 0 where passes decide.</summary>
    public double Share { get; init; }
}

/// <summary>Training sets in the order of their names, equal to other such sets with the same values, as recipes need.</summary>
/// <remarks>Their order decides what is drawn, so it is that of the names and not that of the lines in a file.</remarks>
public sealed class SourceList : IReadOnlyList<NamedSource>, IEquatable<SourceList>
{
    /// <summary>The section of a recipe that names them.</summary>
    internal const string Section = "data.train.sources";

    private readonly NamedSource[] _sources;

    private SourceList(NamedSource[] sources) => _sources = sources;

    /// <summary>No source.</summary>
    public static SourceList Empty { get; } = new([]);

    public int Count => _sources.Length;

    public NamedSource this[int index] => _sources[index];

    /// <summary>The source of a name.</summary>
    public NamedSource? Find(string name) => Array.Find(_sources, source => source.Name == name);

    /// <summary>With a source in place of one of the same name, or beside the others.</summary>
    public SourceList With(NamedSource source) => new(
        [.. _sources.Where(other => other.Name != source.Name).Append(source).OrderBy(each => each.Name, StringComparer.Ordinal)]);

    public bool Equals(SourceList? other) => other is not null && _sources.SequenceEqual(other._sources);

    public override bool Equals(object? obj) => Equals(obj as SourceList);

    public override int GetHashCode() => _sources.Aggregate(_sources.Length, HashCode.Combine);

    public IEnumerator<NamedSource> GetEnumerator() => ((IEnumerable<NamedSource>)_sources).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether a dotted name is that of a source, or of the section that names them.</summary>
    internal static bool IsSection(string path) => path == Section || NameIn(path, parts: 1) is not null;

    /// <summary>The key of a dotted name below a source; null where there is none.</summary>
    internal static RecipeKey? FindKey(string path) =>
        NameIn(path, parts: 2) is { } name ? KeysOf(name).FirstOrDefault(key => key.Path == path) : null;

    /// <summary>The keys of a source. What a recipe does not state of it is that of <c>data.train</c>.</summary>
    internal static IEnumerable<RecipeKey> KeysOf(string name)
    {
        RecipeSection<NamedSource> source = new($"{Section}.{name}.",
            r => r.Data.Sources.Find(name) ?? new NamedSource(name, r.Data.Train),
            (r, s) => r with { Data = r.Data with { Sources = r.Data.Sources.With(s) } });
        return
        [
            .. DataSourceRecipe.KeysIn(source.Part("", s => s.Clips, (s, v) => s with { Clips = v }), "train on"),
            source.Number("passes", "How often an epoch goes through the source; 0.25 takes another quarter in each epoch.",
                NumberRange.AtLeast(0), s => s.Passes, (s, v) => s with { Passes = v }),
            source.Number("share", "The source's part of an epoch, in relation to the shares of the others; 0: passes decide.",
                NumberRange.AtLeast(0), s => s.Share, (s, v) => s with { Share = v }),
        ];
    }

    /// <summary>Conditions that do not hold, as sentences.</summary>
    internal IEnumerable<string> Contradictions(DataSourceRecipe train)
    {
        if (Count > 0 && train.Annotations.Count > 0)
        {
            yield return $"data.train.annotations and {Section} both name annotations, expected one of them. "
                + "Give the files a source of their own.";
        }

        if (_sources.Any(source => source.Share > 0) && Array.Find(_sources, source => source.Share == 0) is { } without)
        {
            yield return $"{Section}.{without.Name}.share is 0, expected more: either all sources have a share or none.";
        }

        if (Array.Find(_sources, source => source.Share > 0 && source.Passes != 1) is { } both)
        {
            yield return $"{Section}.{both.Name}.passes is {RecipeText.Of(both.Passes)}, expected 1: its share decides how much of it "
                + "is taken.";
        }
    }

    /// <summary>The name in a path of so many parts below the section: letters, digits, - and _.</summary>
    private static string? NameIn(string path, int parts)
    {
        if (!path.StartsWith(Section + ".", StringComparison.Ordinal))
        {
            return null;
        }

        string[] below = path[(Section.Length + 1)..].Split('.');
        return below.Length == parts && below[0].Length > 0
            && below[0].All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_')
            ? below[0] : null;
    }
}
