using System.Diagnostics.CodeAnalysis;

namespace Avion.Data;

/// <summary>The one form of message for a wrong annotation file: file, line, got, expected.</summary>
internal static class AnnotationError
{
    private const int ShownCharacters = 60;

    [DoesNotReturn]
    public static void Throw(string path, long line, string got, string expected) => throw Make(path, line, got, expected);

    public static DataException Make(string path, long line, string got, string expected)
    {
        string shown = got.Length > ShownCharacters ? $"{got[..ShownCharacters]}…" : got;
        return new DataException($"'{path}' line {line}: got '{shown}', expected {expected}.");
    }
}
