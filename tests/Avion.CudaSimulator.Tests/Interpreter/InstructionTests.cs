using System.Numerics;

namespace Avion.CudaSimulator.Tests;

/// <summary>Single instructions on numbers at the ends of their ranges, against what C# computes.</summary>
public sealed class InstructionTests
{
    private static readonly uint[] s_words =
    [
        0, 1, 2, 3, 7, 31, 32, 33, 63, 64, 255, 0x7FFF, 0x8000, 0xFFFF, 0x12345678, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xDEADBEEF, 0xFFFFFFFF,
        0x3F800000, 0xBF800000, 0x00000001, 0x007FFFFF, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x40490FDB, 0xC2F6E979, 0x3EAAAAAB, 0x4B800001,
    ];

    private static readonly Dictionary<string, Case> s_cases = new()
    {
        ["add.s32"] = Words((a, b, _) => a + b), ["sub.s32"] = Words((a, b, _) => a - b), ["mul.lo.s32"] = Words((a, b, _) => a * b),
        ["mul.hi.u32"] = Words((a, b, _) => (uint)(((ulong)a * b) >> 32)), ["mul.hi.s32"] = Words((a, b, _) => (uint)(((long)(int)a * (int)b) >> 32)),
        ["mad.lo.s32"] = Words((a, b, c) => (a * b) + c, 3), ["min.s32"] = Words((a, b, _) => (uint)Math.Min((int)a, (int)b)),
        ["max.u32"] = Words((a, b, _) => Math.Max(a, b)), ["abs.s32"] = Words((a, _, _) => (int)a < 0 ? 0 - a : a, 1),
        ["neg.s32"] = Words((a, _, _) => 0 - a, 1), ["and.b32"] = Words((a, b, _) => a & b), ["or.b32"] = Words((a, b, _) => a | b),
        ["xor.b32"] = Words((a, b, _) => a ^ b), ["not.b32"] = Words((a, _, _) => ~a, 1),
        ["shl.b32"] = Words((a, b, _) => b > 31 ? 0 : a << (int)b), ["shr.u32"] = Words((a, b, _) => b > 31 ? 0 : a >> (int)b),
        ["shr.s32"] = Words((a, b, _) => (uint)((int)a >> (int)Math.Min(b, 31))), ["popc.b32"] = Words((a, _, _) => (uint)BitOperations.PopCount(a), 1),
        ["clz.b32"] = Words((a, _, _) => (uint)BitOperations.LeadingZeroCount(a), 1),
        ["shf.l.wrap.b32"] = Words((a, b, c) => (uint)(((((ulong)b << 32) | a) << (int)(c & 31)) >> 32), 3),
        ["shf.r.clamp.b32"] = Words((a, b, c) => (uint)((((ulong)b << 32) | a) >> (int)Math.Min(c, 32)), 3),
        ["div.u32"] = Words((a, b, _) => b == 0 ? uint.MaxValue : a / b), ["rem.u32"] = Words((a, b, _) => b == 0 ? a : a % b),
        ["div.s32"] = Words((a, b, _) => b == 0 ? uint.MaxValue : (int)b == -1 ? 0 - a : (uint)((int)a / (int)b)),
        ["add.f32"] = Floats((a, b, _) => a + b), ["sub.f32"] = Floats((a, b, _) => a - b), ["mul.rn.f32"] = Floats((a, b, _) => a * b),
        ["div.rn.f32"] = Floats((a, b, _) => a / b), ["fma.rn.f32"] = Floats(MathF.FusedMultiplyAdd, 3), ["sqrt.rn.f32"] = Floats((a, _, _) => MathF.Sqrt(a), 1),
        ["rcp.rn.f32"] = Floats((a, _, _) => 1 / a, 1), ["neg.f32"] = Floats((a, _, _) => -a, 1), ["abs.f32"] = Floats((a, _, _) => MathF.Abs(a), 1),
        ["min.f32"] = Floats((a, b, _) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : MathF.Min(a, b)),
        ["max.f32"] = Floats((a, b, _) => float.IsNaN(a) ? b : float.IsNaN(b) ? a : MathF.Max(a, b)),
        ["min.NaN.f32"] = Floats((a, b, _) => MathF.Min(a, b)), ["max.NaN.f32"] = Floats((a, b, _) => MathF.Max(a, b)),
        ["cvt.rni.f32.f32"] = Floats((a, _, _) => MathF.Round(a, MidpointRounding.ToEven), 1),
        ["cvt.rzi.s32.f32"] = new("f32", "s32", 1, (a, _, _) => (uint)Saturate(Single(a))),
        ["cvt.rn.f32.s32"] = new("s32", "f32", 1, (a, _, _) => Bits((int)a)), ["cvt.rn.f32.u32"] = new("u32", "f32", 1, (a, _, _) => Bits(a)),
        ["cvt.f64.f32"] = new("f32", "f64", 1, (a, _, _) => BitConverter.DoubleToUInt64Bits(Single(a))),
        ["cvt.s64.s32"] = new("s32", "s64", 1, (a, _, _) => (ulong)(int)a), ["cvt.u64.u32"] = new("u32", "u64", 1, (a, _, _) => a),
        ["cvt.u16.u32"] = new("u32", "u16", 1, (a, _, _) => (ushort)a), ["cvt.s32.s8"] = new("b32", "s32", 1, (a, _, _) => (uint)(sbyte)a),
        ["mul.wide.u32"] = new("u32", "u64", 2, (a, b, _) => (ulong)a * b), ["mul.wide.s32"] = new("s32", "s64", 2, (a, b, _) => (ulong)((long)(int)a * (int)b)),
        ["mad.wide.u32"] = new("u32", "u64", 2, (a, b, _) => ((ulong)a * b) + 12345, Third: "12345"),
        ["cvt.rn.bf16x2.f32"] = new("f32", "b32", 2, (a, b, _) => (Bf16(a) << 16) | Bf16(b)),
        ["prmt.b32"] = Words((a, b, _) => (b << 16) | (a >> 16), 2, third: "21554"),
        ["bfe.u32"] = Words((a, _, _) => (a >> 5) & 0x7F, 1, third: "5, 7"),
    };

    public static IEnumerable<TheoryDataRow<string>> Instructions() => s_cases.Keys.Select(instruction => new TheoryDataRow<string>(instruction));

    [Theory]
    [MemberData(nameof(Instructions))]
    public void An_instruction_computes_what_its_definition_says(string instruction)
    {
        Case chosen = s_cases[instruction];
        uint[] a = [.. Enumerable.Range(0, 1024).Select(i => s_words[i / 32])], b = [.. Enumerable.Range(0, 1024).Select(i => s_words[i % 32])];
        uint[] c = [.. Enumerable.Range(0, 1024).Select(i => s_words[((i * 7) + 3) % 32])];
        using Simulation simulation = new(PtxModule.Read(Text(instruction, chosen)));
        ulong d = simulation.Memory.Allocate(8 * 1024);
        simulation.Run("one", [simulation.Upload<uint>(a), simulation.Upload<uint>(b), simulation.Upload<uint>(c), d], threads: 1024);
        ulong[] results = simulation.Memory.Read<ulong>(d, 1024);
        for (int i = 0; i < 1024; i++)
        {
            ulong expected = chosen.Function(a[i], b[i], c[i]);
            bool areNaN = chosen.To == "f32" && float.IsNaN(Single((uint)expected)) && float.IsNaN(Single((uint)results[i]));
            bool areWideNaN = chosen.To == "f64" && double.IsNaN(BitConverter.UInt64BitsToDouble(expected)) && double.IsNaN(BitConverter.UInt64BitsToDouble(results[i]));
            Assert.True(areNaN || areWideNaN || expected == results[i],
                $"{instruction} of {a[i]:x}, {b[i]:x}, {c[i]:x} gives {results[i]:x}, expected {expected:x}");
        }
    }

    [Theory]
    [InlineData("ex2.approx.ftz.f32", 2.4e-7)]
    [InlineData("rcp.approx.ftz.f32", 1.2e-7)]
    [InlineData("rsqrt.approx.f32", 1.4e-7)]
    [InlineData("lg2.approx.f32", 2.4e-7)]
    [InlineData("tanh.approx.f32", 4.9e-4)]
    public void Approximations_are_off_by_no_more_than_documented_but_are_off(string instruction, double allowed)
    {
        float[] x = [.. Enumerable.Range(0, 1024).Select(i => 0.01f + (i * 0.0173f))];
        using Simulation simulation = new(PtxModule.Read(Text(instruction, new Case("f32", "f32", 1, (_, _, _) => 0))));
        ulong a = simulation.Upload<float>(x), d = simulation.Memory.Allocate(8 * 1024);
        simulation.Run("one", [a, a, a, d], threads: 1024);
        float[] results = [.. simulation.Memory.Read<ulong>(d, 1024).Select(bits => Single((uint)bits))];
        double[] errors =
        [
            .. x.Zip(results, (value, result) =>
            {
                double exact = instruction.Split('.')[0] switch
                {
                    "ex2" => Math.Pow(2, value), "rcp" => 1.0 / value, "rsqrt" => 1 / Math.Sqrt(value), "lg2" => Math.Log2(value), _ => Math.Tanh(value),
                };
                return Math.Abs((result - exact) / exact);
            }),
        ];
        Assert.InRange(errors.Max(), allowed / 4, allowed + 6e-8);
    }

    [Theory]
    [InlineData("eq", "101000", false)]
    [InlineData("ne", "010000", false)]
    [InlineData("lt", "010000", false)]
    [InlineData("ge", "101000", false)]
    [InlineData("equ", "101111", true)]
    [InlineData("neu", "010111", true)]
    [InlineData("ltu", "010111", true)]
    [InlineData("gtu", "000111", true)]
    [InlineData("num", "111000", false)]
    [InlineData("nan", "000111", true)]
    public void Comparisons_know_what_is_not_a_number(string comparison, string expected, bool unordered)
    {
        Assert.Equal(unordered, expected[3] == '1');
        float[] left = [1, 1, 0, float.NaN, 1, float.NaN], right = [1, 2, -0f, 1, float.NaN, float.NaN];
        string text = Text("selp.b32", new Case("f32", "b32", 2, (_, _, _) => 0))
            .Replace("selp.b32 %d, %a, %b;", $"setp.{comparison}.f32 %p, %a, %b; selp.b32 %d, 1, 0, %p;");
        using Simulation simulation = new(PtxModule.Read(text));
        ulong b = simulation.Upload<float>(right), d = simulation.Memory.Allocate(8 * 6);
        simulation.Run("one", [simulation.Upload<float>(left), b, b, d], threads: 6);
        Assert.Equal(expected, string.Concat(simulation.Memory.Read<ulong>(d, 6)));
    }

    [Theory]
    [InlineData("cvt.s64.s32")]
    [InlineData("cvt.u64.u32")]
    public void A_conversion_takes_the_lower_part_of_a_wider_register(string conversion)
    {
        Case chosen = s_cases[conversion];
        string text = Text(conversion, chosen)
            .Replace($"{conversion} %d, %a;", $"cvt.u64.u32 %w, %a; or.b64 %w, %w, 81985526906748928; {conversion} %d, %w;");
        using Simulation simulation = new(PtxModule.Read(text));
        ulong a = simulation.Upload<uint>(s_words), d = simulation.Memory.Allocate(8 * s_words.Length);
        simulation.Run("one", [a, a, a, d], threads: s_words.Length);
        Assert.Equal(s_words.Select(word => chosen.Function(word, 0, 0)), simulation.Memory.Read<ulong>(d, s_words.Length));
    }

    /// <summary>A kernel that runs one instruction in each thread.</summary>
    private static string Text(string instruction, Case chosen)
    {
        string operands = string.Concat(new[] { ", %a", ", %b", ", %c" }.Take(chosen.Operands)) + (chosen.Third is null ? "" : $", {chosen.Third}");
        string widen = chosen.To[1..] switch { "64" => "mov.b64 %w, %d;", "16" => "cvt.u64.u16 %w, %d;", _ => "mov.b32 %n, %d; cvt.u64.u32 %w, %n;" };
        return $$"""
            .version 7.1
            .target sm_80
            .address_size 64
            .visible .entry one(.param .u64 A, .param .u64 B, .param .u64 C, .param .u64 D)
            {
                .reg .pred %p;
                .reg .b32 %t, %n;
                .reg .b64 %o, %w, %x<4>, %y<4>;
                .reg .{{chosen.From}} %a, %b, %c;
                .reg .{{chosen.To}} %d;
                ld.param.u64 %x0, [A]; ld.param.u64 %x1, [B]; ld.param.u64 %x2, [C]; ld.param.u64 %x3, [D];
                mov.u32 %t, %tid.x;
                mul.wide.u32 %o, %t, 4;
                add.s64 %y0, %x0, %o; add.s64 %y1, %x1, %o; add.s64 %y2, %x2, %o;
                ld.global.{{chosen.From}} %a, [%y0]; ld.global.{{chosen.From}} %b, [%y1]; ld.global.{{chosen.From}} %c, [%y2];
                {{instruction}} %d{{operands}};
                {{widen}}
                add.s64 %y3, %x3, %o; add.s64 %y3, %y3, %o;
                st.global.b64 [%y3], %w;
                ret;
            }
            """.Replace("%x<4>, %y<4>", "%x0, %x1, %x2, %x3, %y0, %y1, %y2, %y3");
    }

    private static Case Words(Func<uint, uint, uint, uint> function, int operands = 2, string? third = null) =>
        new("b32", "b32", operands, (a, b, c) => function(a, b, c), third);

    private static Case Floats(Func<float, float, float, float> function, int operands = 2) =>
        new("f32", "f32", operands, (a, b, c) => Bits(function(Single(a), Single(b), Single(c))));

    private static float Single(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);

    private static uint Bf16(uint bits) => float.IsNaN(Single(bits)) ? 0x7FFF : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;

    private static int Saturate(float value) => float.IsNaN(value) ? 0 : value >= int.MaxValue ? int.MaxValue : value <= int.MinValue ? int.MinValue : (int)value;

    /// <summary>An instruction's types, how many registers it reads, what it computes, and what stands behind its registers.</summary>
    private sealed record Case(string From, string To, int Operands, Func<uint, uint, uint, ulong> Function, string? Third = null);
}
