namespace Avion.OpCases;

/// <summary>Named extents of one case, such as N=197 D=768.</summary>
public sealed class OpSize
{
    private readonly (string Name, int Value)[] _extents;

    private OpSize((string Name, int Value)[] extents) => _extents = extents;

    /// <summary>Makes a size.</summary>
    public static OpSize Of(params (string Name, int Value)[] extents) => new(extents);

    /// <summary>The extent of that name.</summary>
    public int this[string name] => _extents.First(extent => extent.Name == name).Value;

    /// <summary>For messages: <c>N=197 D=768</c>.</summary>
    public override string ToString() => string.Join(' ', _extents.Select(extent => $"{extent.Name}={extent.Value}"));
}
