import { readdirSync } from "node:fs";

import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

const features = readdirSync(new URL("./src/features", import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

const forbid = (files, group, message) => ({
  files,
  rules: { "no-restricted-imports": ["error", { patterns: [{ group, message }] }] },
});

/** app > features > shared; a feature never imports another one, the app composes them. */
const boundaries = [
  forbid(
    ["src/shared/**"],
    ["@/features/**", "@/app/**", "**/features/**", "**/app/**"],
    "shared imports neither features nor the app",
  ),
  ...features.map((name) =>
    forbid(
      [`src/features/${name}/**`],
      [
        "@/app/**",
        "**/app/**",
        "@/features/**",
        ...features.filter((other) => other !== name).map((other) => `../${other}/**`),
        ...features.filter((other) => other !== name).map((other) => `../../${other}/**`),
      ],
      "a feature imports only itself (relative) and shared; src/app composes features",
    ),
  ),
];

export default tseslint.config(
  { ignores: ["dist", "src/shared/api/schema.gen.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  jsxA11y.flatConfigs.strict,
  reactHooks.configs.flat["recommended-latest"],
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "max-lines": ["error", { max: 400 }],
    },
  },
  ...boundaries,
);
