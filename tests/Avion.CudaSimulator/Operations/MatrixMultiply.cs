namespace Avion.CudaSimulator;

/// <summary>mma.sync: D = A B + C with A 16 × K, B K × 8 of bfloat16 and C, D 16 × 8 of float32, spread over a warp's lanes.</summary>
/// <remarks>
/// With g = lane / 4 and t = lane % 4: register i of A holds row g + 8 (i % 2), columns 2 t + 8 (i / 2) and the next; register i of B rows
/// 2 t + 8 i and the next of column g; numbers 2 i and 2 i + 1 of C row g + 8 i, columns 2 t and the next. Sums are of float32 in the order
/// of K; the hardware adds in another order and with other roundings. Source: PTX ISA, "Matrix fragments for mma.m16n8k16".
/// </remarks>
internal sealed unsafe class MatrixMultiply(int[] d, int[] a, int[] b, int[] c, int depth) : Operation
{
    private const int Rows = 16, Columns = 8;

    public static Operation Build(Decoder decoder)
    {
        decoder.Allow("sync", "aligned", "m16n8k16", "m16n8k8", "row", "col");
        decoder.Expect(4);
        PtxInstruction source = decoder.Source;
        bool isKnown = source.Modifiers is ["sync", "aligned", "m16n8k16" or "m16n8k8", "row", "col", "f32", "bf16", "bf16", "f32"];
        if (!isKnown)
        {
            throw decoder.Unknown("is no matrix product that the simulator knows");
        }

        int depth = source.Has("m16n8k16") ? 16 : 8;
        PtxType single = new("f", 32);
        return new MatrixMultiply(
            [.. decoder.Parts(0, 4).Select(part => decoder.Write(part, single))],
            [.. decoder.Parts(1, depth / 4).Select(part => decoder.Read(part, PtxType.B32))],
            [.. decoder.Parts(2, depth / 8).Select(part => decoder.Read(part, PtxType.B32))],
            [.. decoder.Parts(3, 4).Select(part => decoder.Read(part, single))], depth);
    }

    public override void Execute(Warp warp)
    {
        if (!warp.Gather(this, AllLanes))
        {
            return;
        }

        byte* r = warp.Registers;
        float* left = stackalloc float[Rows * 16], right = stackalloc float[16 * Columns], sum = stackalloc float[Rows * Columns];
        for (int lane = 0; lane < 32; lane++)
        {
            int g = lane / 4, t = lane % 4;
            for (int i = 0; i < a.Length; i++)
            {
                Split(((uint*)(r + a[i]))[lane], left + (16 * (g + (8 * (i % 2)))) + (2 * t) + (8 * (i / 2)), 1);
            }

            for (int i = 0; i < b.Length; i++)
            {
                Split(((uint*)(r + b[i]))[lane], right + (Columns * ((2 * t) + (8 * i))) + g, Columns);
            }

            for (int i = 0; i < 4; i++)
            {
                sum[(Columns * (g + (8 * (i / 2)))) + (2 * t) + (i % 2)] = ((float*)(r + c[i]))[lane];
            }
        }

        for (int row = 0; row < Rows; row++)
        {
            Vector256<float> total = Vector256.Load(sum + (Columns * row));
            for (int k = 0; k < depth; k++)
            {
                total = Vector256.FusedMultiplyAdd(Vector256.Create(left[(16 * row) + k]), Vector256.Load(right + (Columns * k)), total);
            }

            total.Store(sum + (Columns * row));
        }

        for (int lane = 0; lane < 32; lane++)
        {
            int g = lane / 4, t = lane % 4;
            for (int i = 0; i < 4; i++)
            {
                ((float*)(r + d[i]))[lane] = sum[(Columns * (g + (8 * (i / 2)))) + (2 * t) + (i % 2)];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(uint pair, float* target, int stride)
    {
        target[0] = BitConverter.UInt32BitsToSingle(pair << 16);
        target[stride] = BitConverter.UInt32BitsToSingle(pair & 0xFFFF0000);
    }
}
