using System.Numerics;
using System.Runtime.InteropServices;

namespace Avion.Data;

/// <summary>Operations that mix a pixel with its gray or with its neighbours, on vectors of bytes.</summary>
internal static class ClipFilters
{
    private const float RedWeight = 0.2989f, GreenWeight = 0.587f, BlueWeight = 0.114f;

    /// <summary>Share of a channel in gray.</summary>
    public static double GrayWeight(int channel) => channel switch { 0 => 0.2989, 1 => 0.587, _ => 0.114 };

    /// <summary>a·x + (1 - a)·gray.</summary>
    public static void Saturate(float amount, ClipPixels clip)
    {
        for (int frame = 0; frame < clip.FrameCount; frame++)
        {
            Span<byte> red = clip.Plane(frame, 0), green = clip.Plane(frame, 1), blue = clip.Plane(frame, 2);
            int at = 0;
            for (; at <= red.Length - Vector<byte>.Count; at += Vector<byte>.Count)
            {
                Lanes r = new(red[at..]), g = new(green[at..]), b = new(blue[at..]);
                Lanes gray = (r * RedWeight) + (g * GreenWeight) + (b * BlueWeight), rest = gray * (1 - amount);
                ((r * amount) + rest).Store(red[at..]);
                ((g * amount) + rest).Store(green[at..]);
                ((b * amount) + rest).Store(blue[at..]);
            }

            for (; at < red.Length; at++)
            {
                float rest = (1 - amount) * ((red[at] * RedWeight) + (green[at] * GreenWeight) + (blue[at] * BlueWeight));
                (red[at], green[at], blue[at]) =
                    (Round((red[at] * amount) + rest), Round((green[at] * amount) + rest), Round((blue[at] * amount) + rest));
            }
        }
    }

    /// <summary>a·x + (1 - a)·(5 x + eight neighbours) / 13 for all but the outermost pixels.</summary>
    public static void Sharpen(float amount, ClipPixels clip)
    {
        (int height, int width) = (clip.Height, clip.Width);
        if (height < 3 || width < 3)
        {
            return;
        }

        // y = own·x + around·(sum of the nine): the centre counts four times more than in the sum.
        float around = (1 - amount) / 13, own = amount + (4 * around);
        Span<byte> source = clip.Scratch.Bytes(height * width);
        for (int plane = 0; plane < 3 * clip.FrameCount; plane++)
        {
            Span<byte> target = clip.Plane(plane / 3, plane % 3);
            target.CopyTo(source);
            for (int y = 1; y < height - 1; y++)
            {
                SharpenRow(source.Slice((y - 1) * width, 3 * width), width, own, around, target.Slice(y * width, width));
            }
        }
    }

    private static void SharpenRow(ReadOnlySpan<byte> rows, int width, float own, float around, Span<byte> target)
    {
        int x = 1;
        for (; x + Vector<byte>.Count < width; x += Vector<byte>.Count)
        {
            // Nine bytes add up to at most 2295: sums fit into 16 bits.
            Vector<ushort> low = Vector<ushort>.Zero, high = Vector<ushort>.Zero;
            for (int neighbour = 0; neighbour < 9; neighbour++)
            {
                int at = (neighbour / 3 * width) + x + (neighbour % 3) - 1;
                Vector.Widen(MemoryMarshal.Read<Vector<byte>>(rows[at..]), out Vector<ushort> lower, out Vector<ushort> upper);
                low += lower;
                high += upper;
            }

            ((new Lanes(rows[(width + x)..]) * own) + (new Lanes(low, high) * around)).Store(target[x..]);
        }

        for (; x < width - 1; x++)
        {
            int sum = 0;
            for (int row = 0; row < 3; row++)
            {
                int at = (row * width) + x;
                sum += rows[at - 1] + rows[at] + rows[at + 1];
            }

            target[x] = Round((rows[width + x] * own) + (sum * around));
        }
    }

    private static byte Round(float value) => (byte)Math.Clamp(value + 0.5f, 0, 255);

    /// <summary>A vector of bytes as numbers.</summary>
    private readonly struct Lanes
    {
        private readonly Vector<float> _a, _b, _c, _d;

        private Lanes(Vector<float> a, Vector<float> b, Vector<float> c, Vector<float> d) => (_a, _b, _c, _d) = (a, b, c, d);

        public Lanes(ReadOnlySpan<byte> bytes)
        {
            Vector.Widen(MemoryMarshal.Read<Vector<byte>>(bytes), out Vector<ushort> low, out Vector<ushort> high);
            this = new Lanes(low, high);
        }

        public Lanes(Vector<ushort> low, Vector<ushort> high)
        {
            Vector.Widen(low, out Vector<uint> a, out Vector<uint> b);
            Vector.Widen(high, out Vector<uint> c, out Vector<uint> d);
            (_a, _b) = (Vector.ConvertToSingle(Vector.AsVectorInt32(a)), Vector.ConvertToSingle(Vector.AsVectorInt32(b)));
            (_c, _d) = (Vector.ConvertToSingle(Vector.AsVectorInt32(c)), Vector.ConvertToSingle(Vector.AsVectorInt32(d)));
        }

        public static Lanes operator +(Lanes x, Lanes y) => new(x._a + y._a, x._b + y._b, x._c + y._c, x._d + y._d);

        public static Lanes operator *(Lanes x, float factor) => new(x._a * factor, x._b * factor, x._c * factor, x._d * factor);

        /// <summary>Rounds to bytes.</summary>
        public void Store(Span<byte> bytes)
        {
            Vector<ushort> low = Vector.Narrow(Bytes(_a), Bytes(_b)), high = Vector.Narrow(Bytes(_c), Bytes(_d));
            MemoryMarshal.Write(bytes, Vector.Narrow(low, high));
        }

        private static Vector<uint> Bytes(Vector<float> values)
        {
            Vector<float> cut = Vector.Min(Vector.Max(values + new Vector<float>(0.5f), Vector<float>.Zero), new Vector<float>(255));
            return Vector.AsVectorUInt32(Vector.ConvertToInt32(cut));
        }
    }
}
