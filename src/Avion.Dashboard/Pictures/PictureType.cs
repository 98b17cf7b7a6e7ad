namespace Avion.Dashboard;

/// <summary>What kind of picture some bytes are, by the signature that they begin with.</summary>
public static class PictureType
{
    private const string Png = "image/png", Jpeg = "image/jpeg";

    /// <summary>The media type of a PNG or a JPEG.</summary>
    public static string Of(ReadOnlySpan<byte> picture) => picture.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF]) ? Jpeg : Png;

    /// <summary>A picture as an address that carries it, for the <c>src</c> of a page's picture.</summary>
    public static string DataAddress(ReadOnlySpan<byte> picture) => $"data:{Of(picture)};base64,{Convert.ToBase64String(picture)}";
}
