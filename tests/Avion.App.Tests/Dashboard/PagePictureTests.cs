namespace Avion.App.Tests;

/// <summary>Pictures of pages: each in the form that suits it, and told for what it is.</summary>
public sealed class PagePictureTests
{
    private const int Side = 64, Count = 3;

    [Fact]
    public void Filmed_frames_become_jpeg_and_drawings_png()
    {
        Finding libraries = FfmpegDecoder.Examine();
        Assert.SkipUnless(libraries.Found, $"needs FFmpeg's libraries: {libraries.Detail}");
        byte[] filmed = new byte[Count * Side * Side * 3], drawn = new byte[filmed.Length];
        new Random(1).NextBytes(filmed);
        for (int i = 0; i < drawn.Length; i++)
        {
            drawn[i] = (byte)(i / 3 % 2 * 255);
        }

        PictureStrip film = PictureStrip.Of(filmed, Count, Side, Side, PagePicture.GapPixels);
        byte[] jpeg = PagePicture.Encode(film), png = PagePicture.Encode(PictureStrip.Of(drawn, Count, Side, Side, PagePicture.GapPixels));
        Assert.Equal("image/jpeg", PictureType.Of(jpeg));
        Assert.True(jpeg.Length < film.ToPng().Length);
        Assert.Equal("image/png", PictureType.Of(png));
        Assert.StartsWith("data:image/jpeg;base64,/9j/", PictureType.DataAddress(jpeg), StringComparison.Ordinal);
        Assert.StartsWith("data:image/png;base64,iVBORw0KGgo", PictureType.DataAddress(png), StringComparison.Ordinal);
    }

    [Fact]
    public void Gaps_are_grey_where_nothing_is_seen_through()
    {
        byte[] pictures = new byte[4 * 2 * 2 * 3];
        new Random(2).NextBytes(pictures);
        PictureStrip strip = PictureStrip.Of(pictures, 4, 2, 2, gap: 1, rows: 2);
        Assert.Equal((5, 5), (strip.Width, strip.Height));
        byte[] rgb = strip.ToRgb();
        for (int i = 0; i < 25; i++)
        {
            (int y, int x) = Math.DivRem(i, 5);
            byte[] expected = x == 2 || y == 2 ? [128, 128, 128]
                : pictures.AsSpan((((((y / 3) * 2) + (x / 3)) * 4) + ((y % 3) * 2) + (x % 3)) * 3, 3).ToArray();
            Assert.Equal(expected, rgb.AsSpan(i * 3, 3).ToArray());
        }

        Assert.Throws<ArgumentException>(() => PictureStrip.Of(new byte[10], 1, 2, 2));
    }
}
