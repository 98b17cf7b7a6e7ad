namespace Avion.Compute.Tests;

public sealed unsafe class BFloat16LanesTests
{
    [Fact]
    public void Every_number_is_widened_exactly_and_narrowed_to_itself_at_every_width()
    {
        Check<FloatScalar>();
        Check<FloatVector128>();
        Check<FloatVector256>();
        Check<FloatVector512>();

        static void Check<TVector>() where TVector : struct, IFloatVector<TVector>
        {
            BFloat16* stored = stackalloc BFloat16[TVector.Width];
            float* numbers = stackalloc float[TVector.Width];
            for (int bits = 0; bits < 1 << 16; bits += TVector.Width)
            {
                for (int lane = 0; lane < TVector.Width; lane++)
                {
                    stored[lane] = BFloat16.FromBits((ushort)(bits + lane));
                }

                TVector.Load(stored).Store(numbers);
                TVector.Load(stored).Store(stored);
                for (int lane = 0; lane < TVector.Width; lane++)
                {
                    Assert.Equal((uint)(bits + lane) << 16, BitConverter.SingleToUInt32Bits(numbers[lane]));

                    // What is not a number becomes a quiet one.
                    int expected = float.IsNaN(numbers[lane]) ? (bits + lane) | 0x40 : bits + lane;
                    Assert.Equal((ushort)expected, stored[lane].Bits);
                }
            }
        }
    }

    [Fact]
    public void Numbers_between_two_of_bfloat16_go_to_the_nearer_and_half_way_to_the_even_at_every_width()
    {
        Check<FloatScalar>();
        Check<FloatVector128>();
        Check<FloatVector256>();
        Check<FloatVector512>();

        static void Check<TVector>() where TVector : struct, IFloatVector<TVector>
        {
            BFloat16* stored = stackalloc BFloat16[TVector.Width];

            // Below and above half of the last bit that is kept, and half; the largest exponent ends at infinity.
            foreach (uint rest in (uint[])[1, 0x7FFF, 0x8000, 0x8001, 0xFFFF])
            {
                for (uint upper = 0; upper < 0x7F80; upper++)
                {
                    uint expected = rest > 0x8000 || (rest == 0x8000 && upper % 2 == 1) ? upper + 1 : upper;
                    TVector.Create(BitConverter.UInt32BitsToSingle((upper << 16) | rest)).Store(stored);
                    Assert.Equal((ushort)expected, stored[TVector.Width - 1].Bits);
                    TVector.Create(BitConverter.UInt32BitsToSingle((upper << 16) | rest | 0x80000000)).Store(stored);
                    Assert.Equal((ushort)(expected | 0x8000), stored[0].Bits);
                }
            }
        }
    }

    [Fact]
    public void What_is_not_a_number_stays_so_whatever_its_payload()
    {
        BFloat16* stored = stackalloc BFloat16[FloatVector512.Width];
        foreach (uint bits in (uint[])[0x7F800001, 0x7FFFFFFF, 0xFF800001, 0xFFFFFFFF, 0x7FC00000])
        {
            float number = BitConverter.UInt32BitsToSingle(bits);
            FloatVector128.Create(number).Store(stored);
            Assert.True(float.IsNaN(stored[0]));
            FloatVector256.Create(number).Store(stored);
            Assert.True(float.IsNaN(stored[0]));
            FloatVector512.Create(number).Store(stored);
            Assert.True(float.IsNaN(stored[0]) && float.IsNaN((BFloat16)number));
        }
    }

    [Fact]
    public void A_host_s_numbers_are_rounded_on_the_way_in_and_exact_on_the_way_out()
    {
        using CpuDevice device = new(1, activationType: ElementType.BFloat16);
        using Tape tape = new(device);
        float[] numbers = [.. Enumerable.Range(0, 37).Select(i => MathF.Sin(i + 1))], back = new float[numbers.Length];
        Tensor x = tape.Allocate(new Shape(numbers.Length));
        Assert.Equal(ElementType.BFloat16, x.Type);
        device.Upload(numbers, x);
        device.Download(x, back);
        Assert.Equal(numbers.Select(number => (float)(BFloat16)number), back);
        device.Fill(x, 1.00390625);
        device.Download(x, back);
        Assert.All(back, number => Assert.Equal(1, number));
    }
}
